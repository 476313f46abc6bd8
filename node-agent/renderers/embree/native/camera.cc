#include "camera.h"

namespace arras {

CameraModel::CameraModel(const Matrix4& cameraToWorld, bool isOrthographic, float verticalFovRad, float halfHeight,
                         float lensRadius, float focusDistance, uint32_t widthPx, uint32_t heightPx)
    : cameraToWorld_(cameraToWorld), isOrthographic_(isOrthographic), centreX_(static_cast<float>(widthPx) / 2),
      centreY_(static_cast<float>(heightPx) / 2), lensRadius_(lensRadius), focusDistance_(focusDistance),
      axis_(normalize(cameraToWorld.vector({0, 0, -1}))), position_(cameraToWorld.point({0, 0, 0})) {
  unitsPerPx_ = (isOrthographic ? halfHeight : exactTan(verticalFovRad / 2)) / centreY_;
}

Ray CameraModel::generate(float filmX, float filmY, Vec2 uLens) const {
  const float x = (filmX - centreX_) * unitsPerPx_, y = (centreY_ - filmY) * unitsPerPx_;
  Vec3 origin = isOrthographic_ ? Vec3{x, y, 0} : Vec3{0, 0, 0};
  Vec3 direction = isOrthographic_ ? Vec3{0, 0, -1} : Vec3{x, y, -1};
  if (lensRadius_ > 0) {
    const Vec3 inFocus = origin + direction * focusDistance_;
    const Vec2 disk = concentricDisk(uLens);
    origin += Vec3{lensRadius_ * disk.x, lensRadius_ * disk.y, 0};
    direction = inFocus - origin;
  }
  return {cameraToWorld_.point(origin), normalize(cameraToWorld_.vector(direction))};
}

Vec2 concentricDisk(Vec2 u) {
  const float x = 2 * u.x - 1, y = 2 * u.y - 1;
  if (x == 0 && y == 0) return {0, 0};
  float s, c;
  if (std::fabs(x) > std::fabs(y)) {
    exactSinCos(kPi / 4 * (y / x), s, c);
    return {x * c, x * s};
  }
  exactSinCos(kPi / 4 * (x / y), s, c);
  return {y * s, y * c};
}

}  // namespace arras
