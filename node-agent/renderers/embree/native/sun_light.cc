#include "sun_light.h"

#include "camera.h"
#include "exact_math.h"

namespace arras {

// A surface that faces the disk receives radiance times its projected solid angle, π sin². Beyond a half sphere nothing
// can face all of it.
SunLight::SunLight(const DirectionalLight& light)
    : radius_(std::min(light.angularRadiusRad, kPi / 2)), towards_(Frame::fromNormal(normalize(-light.direction))),
      radiance_(light.irradiance), fluence_(luminance(light.irradiance)) {
  if (isDelta()) return;
  double sine, cosine, sineOfHalf, cosineOfHalf;
  exact::sinCos(radius_, sine, cosine);
  exact::sinCos(0.5 * static_cast<double>(radius_), sineOfHalf, cosineOfHalf);
  gap_ = 2 * sineOfHalf * sineOfHalf;
  sine2_ = sine * sine;
  radiance_ = light.irradiance * static_cast<float>(1 / (exact::kPi64 * sine2_));
  density_ = static_cast<float>(1 / (2 * exact::kPi64 * gap_));
}

// By the sine, because the cosine of so small an angle has no digits left.
bool SunLight::isHit(Vec3 direction) const {
  if (isDelta() || !(dot(direction, towards_.normal) > 0)) return false;
  const double x = direction.x, y = direction.y, z = direction.z;
  const double a = towards_.normal.x, b = towards_.normal.y, c = towards_.normal.z;
  const double cx = y * c - z * b, cy = z * a - x * c, cz = x * b - y * a;
  return cx * cx + cy * cy + cz * cz <= sine2_ * (x * x + y * y + z * z) * (a * a + b * b + c * c);
}

Vec3 SunLight::sample(Vec2 u) const {
  if (isDelta()) return towards_.normal;
  // The cap of a sphere has the area of the disk with the distance from its pole as radius, 2 · gap.
  const Vec2 disk = concentricDisk(u);
  const double r2 = static_cast<double>(disk.x) * disk.x + static_cast<double>(disk.y) * disk.y;
  const double gap = gap_ * r2, scale = std::sqrt(gap_ * (2 - gap));
  return towards_.toWorld({static_cast<float>(disk.x * scale), static_cast<float>(disk.y * scale),
                           static_cast<float>(1 - gap)});
}

}  // namespace arras
