// A directional light: light from a point at infinity, or from a disk there that rays can hit.
#pragma once

#include "lights.h"

namespace arras {

class SunLight {
 public:
  explicit SunLight(const DirectionalLight& light);

  // The luminance that arrives in all.
  float fluence() const { return fluence_; }
  // A point at infinity: sample() is then always the same direction, and its radiance is the irradiance.
  bool isDelta() const { return radius_ == 0; }
  // Whether `direction` (unit, from the scene) ends on the disk.
  bool isHit(Vec3 direction) const;
  Vec3 radiance() const { return radiance_; }
  // Per solid angle, on the disk.
  float density() const { return density_; }
  Vec3 sample(Vec2 u) const;

 private:
  float radius_;
  Frame towards_;
  Vec3 radiance_;
  double gap_ = 0;  // 1 − cos of the radius
  double sine2_ = 0;
  float density_ = 0, fluence_;
};

}  // namespace arras
