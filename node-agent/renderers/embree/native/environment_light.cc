#include "environment_light.h"

#include "distribution.h"
#include "exact_math.h"

namespace arras {
namespace {

double between(double a, double b, double t) { return a + (b - a) * t; }

}  // namespace

// What lies between four texel centres: columns wrap round, so there are as many as texels; one row more than texels,
// the first and the last being half as high and constant from top to bottom.
struct EnvironmentLight::Patch {
  Vec3 corners[4];  // top left, top right, bottom left, bottom right

  Vec3 at(double s, double t) const {
    const float x = static_cast<float>(s), y = static_cast<float>(t);
    return lerp(lerp(corners[0], corners[1], x), lerp(corners[2], corners[3], x), y);
  }
  double luminanceAt(int corner) const { return static_cast<double>(luminance(corners[corner])); }
};

EnvironmentLight::EnvironmentLight(std::unique_ptr<const EnvironmentMap> map)
    : map_(std::move(map)), rotationRad_(map_->rotationRad) {
  const uint32_t height = map_->heightPx;
  rows_.reserve(height + 2);
  rows_.push_back(0);
  columns_.reserve(size_t{height + 1} * (map_->widthPx + 1));
  columnGuides_.reserve(columns_.capacity());
  for (uint32_t row = 0; row <= height; ++row) sumRow(row);
  rowGuide_.resize(rows_.size());
  writeGuide(rows_.data(), height + 1, rowGuide_.data());
  // The density in the map is over (u, v) of the unit square; du dv = dω / (2 π² sin θ).
  const double cellCount = static_cast<double>(map_->widthPx) * height;
  integral_ = rows_.back() * 2 * exact::kPi64 * exact::kPi64 / cellCount;
  // At the very pole the density per solid angle has no bound; nothing closer than a thousandth of a texel.
  sineMin_ = 1e-3 * exact::kPi64 / height;
}

// A tint of 1 must leave every bit as it is, and the weights of luminance add up to not quite 1.
void EnvironmentLight::edit(float rotationRad, Vec3 tint) {
  rotationRad_ = rotationRad;
  tint_ = tint;
  const bool isWhite = tint.x == 1 && tint.y == 1 && tint.z == 1;
  tintLuminance_ = isWhite ? 1 : static_cast<double>(luminance(tint));
}

void EnvironmentLight::sumRow(uint32_t row) {
  const double height = map_->heightPx;
  const double top = std::max(row - 0.5, 0.0), bottom = std::min(row + 0.5, height);
  double sine, cosTop, cosBottom;
  exact::sinCos(exact::kPi64 * top / height, sine, cosTop);
  exact::sinCos(exact::kPi64 * bottom / height, sine, cosBottom);
  rowSine_.push_back((cosTop - cosBottom) * height / (exact::kPi64 * (bottom - top)));
  double sum = 0;
  columns_.push_back(0);
  for (uint32_t column = 0; column < map_->widthPx; ++column) {
    const Patch p = patch(column, row);
    sum += (p.luminanceAt(0) + p.luminanceAt(1) + p.luminanceAt(2) + p.luminanceAt(3)) / 4;
    columns_.push_back(sum);
  }
  rows_.push_back(rows_.back() + sum * rowSine_.back() * (bottom - top));
  const size_t first = columnGuides_.size();
  columnGuides_.resize(columns_.size());
  writeGuide(&columns_[first], map_->widthPx, &columnGuides_[first]);
}

EnvironmentLight::Patch EnvironmentLight::patch(uint32_t column, uint32_t row) const {
  const uint32_t right = column + 1 < map_->widthPx ? column + 1 : 0;
  const size_t top = size_t{row > 0 ? row - 1 : 0} * map_->widthPx;
  const size_t bottom = size_t{std::min(row, map_->heightPx - 1)} * map_->widthPx;
  const auto texel = [&](size_t at) {
    const float* rgb = &map_->pixels[3 * at];
    return Vec3{rgb[0], rgb[1], rgb[2]};
  };
  return {{texel(top + column), texel(top + right), texel(bottom + column), texel(bottom + right)}};
}

// Patch `column` begins at the centre of texel `column`; rows begin half a texel above their number. Angles in double:
// float's would move a map of 16384 texels by 1/500 texel.
void EnvironmentLight::locate(Vec3 direction, uint32_t& column, uint32_t& row, double& s, double& t,
                              double& sine) const {
  const double x = direction.x, y = direction.y, z = direction.z;
  double u = 0.5 - (exact::atan2(x, z) - rotationRad_) / (2 * exact::kPi64);
  sine = std::sqrt(x * x + z * z);
  const double v = exact::atan2(sine, y) / exact::kPi64;

  const double width = map_->widthPx, height = map_->heightPx;
  u = u * width - 0.5;
  u -= width * static_cast<double>(exact::floorToInteger(u / width));
  column = std::min(static_cast<uint32_t>(u), map_->widthPx - 1);
  s = std::min(u - column, 1.0);
  row = std::min(static_cast<uint32_t>(v * height + 0.5), map_->heightPx);
  t = std::min(std::max(v * height + 0.5 - row, 0.0), 1.0);
}

EnvironmentLight::Value EnvironmentLight::valueIn(const Patch& patch, uint32_t row, double s, double t,
                                                  double sine) const {
  const Vec3 radiance = patch.at(s, t);
  if (!(integral_ > 0)) return {radiance * tint_, 0};
  const double share = static_cast<double>(luminance(radiance)) * rowSine_[row] / integral_;
  return {radiance * tint_, static_cast<float>(share / std::max(sine, sineMin_))};
}

Vec3 EnvironmentLight::radiance(Vec3 direction) const {
  uint32_t column, row;
  double s, t, sine;
  locate(direction, column, row, s, t, sine);
  return patch(column, row).at(s, t) * tint_;
}

EnvironmentLight::Value EnvironmentLight::at(Vec3 direction) const {
  uint32_t column, row;
  double s, t, sine;
  locate(direction, column, row, s, t, sine);
  return valueIn(patch(column, row), row, s, t, sine);
}

EnvironmentLight::Value EnvironmentLight::sample(double u, double v, Vec3& direction) const {
  const size_t width = map_->widthPx, height = map_->heightPx;
  const size_t row = invert(rows_.data(), height + 1, rowGuide_.data(), v);
  const size_t column = invert(&columns_[row * (width + 1)], width, &columnGuides_[row * (width + 1)], u);
  const Patch p = patch(static_cast<uint32_t>(column), static_cast<uint32_t>(row));
  // The half patches at the poles are constant downwards, so that their t may count from anywhere.
  const double top = p.luminanceAt(0) + p.luminanceAt(1), bottom = p.luminanceAt(2) + p.luminanceAt(3);
  const double t = sampleLinear(top, bottom, v);
  const double s = sampleLinear(between(p.luminanceAt(0), p.luminanceAt(2), t),
                                between(p.luminanceAt(1), p.luminanceAt(3), t), u);

  const double begin = std::max(static_cast<double>(row) - 0.5, 0.0);
  const double size = row == 0 || row == height ? 0.5 : 1.0;
  const double theta = exact::kPi64 * (begin + t * size) / static_cast<double>(height);
  const double place = (static_cast<double>(column) + 0.5 + s) / static_cast<double>(width);
  const double phi = 2 * exact::kPi64 * (0.5 - place) + rotationRad_;
  double sinTheta, cosTheta, sinPhi, cosPhi;
  exact::sinCos(theta, sinTheta, cosTheta);
  exact::sinCos(phi, sinPhi, cosPhi);
  direction = {static_cast<float>(sinTheta * sinPhi), static_cast<float>(cosTheta),
               static_cast<float>(sinTheta * cosPhi)};
  return valueIn(p, static_cast<uint32_t>(row), s, t, sinTheta);
}

}  // namespace arras
