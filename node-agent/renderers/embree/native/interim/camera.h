// Interim, until ../camera.h exists: perspective and orthographic cameras with a thin lens.
#pragma once

#include "exact_math.h"
#include "vector.h"

namespace arras {

struct Ray {
  Vec3 origin, direction;
};

class CameraModel {
 public:
  CameraModel(const Matrix4& cameraToWorld, bool isOrthographic, float verticalFovRad, float halfHeight,
              float lensRadius, float focusDistance, uint32_t widthPx, uint32_t heightPx)
      : cameraToWorld_(cameraToWorld), isOrthographic_(isOrthographic),
        halfHeight_(isOrthographic ? halfHeight : exactTan(verticalFovRad / 2)), lensRadius_(lensRadius),
        focusDistance_(focusDistance), halfWidthPx_(static_cast<float>(widthPx) / 2),
        halfHeightPx_(static_cast<float>(heightPx) / 2) {}

  // Film coordinates in pixels of the display window, y down.
  Ray generate(float filmX, float filmY, Vec2 uLens) const {
    const float scale = halfHeight_ / halfHeightPx_;
    const float x = (filmX - halfWidthPx_) * scale, y = (halfHeightPx_ - filmY) * scale;
    Vec3 origin = isOrthographic_ ? Vec3{x, y, 0} : Vec3{};
    Vec3 direction = isOrthographic_ ? Vec3{0, 0, -1} : Vec3{x, y, -1};
    if (lensRadius_ > 0) {
      const Vec3 focus = origin + direction * focusDistance_;
      float s, c;
      exactSinCos(2 * kPi * uLens.y, s, c);
      const float radius = lensRadius_ * std::sqrt(uLens.x);
      origin += Vec3{radius * c, radius * s, 0};
      direction = focus - origin;
    }
    return {cameraToWorld_.point(origin), normalize(cameraToWorld_.vector(direction))};
  }

 private:
  Matrix4 cameraToWorld_;
  bool isOrthographic_;
  float halfHeight_, lensRadius_, focusDistance_, halfWidthPx_, halfHeightPx_;
};

}  // namespace arras
