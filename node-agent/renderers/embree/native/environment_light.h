// The environment as a light: bilinear lookup, and directions chosen with a density proportional to the luminance that
// this very lookup gives, so that a sun of one texel makes no outliers.
#pragma once

#include <memory>
#include <vector>

#include "lights.h"

namespace arras {

class EnvironmentLight {
 public:
  struct Value {
    Vec3 radiance;
    float density = 0;  // per solid angle, that sample() gives this direction
  };

  // Width and height above 0, pixels finite and not negative.
  explicit EnvironmentLight(std::unique_ptr<const EnvironmentMap> map);

  // Turns it, and multiplies its radiance. Not while anybody reads. Directions are chosen as for the map's own colours,
  // so nothing is computed anew.
  void edit(float rotationRad, Vec3 tint);

  // Luminance integrated over the sphere; 0: black, sample() must not be called.
  double integral() const { return integral_ * tintLuminance_; }
  uint64_t sizeBytes() const {
    return map_->pixels.size() * sizeof(float) + columns_.size() * (sizeof(double) + sizeof(uint32_t));
  }

  // Bilinear between texel centres, round the seam, constant beyond the outermost rows' centres.
  Vec3 radiance(Vec3 direction) const;
  Value at(Vec3 direction) const;
  // u, v in [0, 1).
  Value sample(double u, double v, Vec3& direction) const;

 private:
  struct Patch;

  void sumRow(uint32_t row);
  Patch patch(uint32_t column, uint32_t row) const;
  void locate(Vec3 direction, uint32_t& column, uint32_t& row, double& s, double& t, double& sine) const;
  Value valueIn(const Patch& patch, uint32_t row, double s, double t, double sine) const;

  std::unique_ptr<const EnvironmentMap> map_;
  float rotationRad_;
  Vec3 tint_{1, 1, 1};
  double tintLuminance_ = 1;
  double integral_ = 0, sineMin_;  // of the map's own colours
  std::vector<double> rowSine_;  // mean of sin θ over each row of patches
  std::vector<double> rows_;     // cumulative
  std::vector<uint32_t> rowGuide_, columnGuides_;
  std::vector<double> columns_;  // cumulative, a row of patches after the other
};

}  // namespace arras
