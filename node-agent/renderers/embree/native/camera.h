// Rays from the camera: perspective or orthographic, through a thin lens.
#pragma once

#include "exact_math.h"
#include "vector.h"

namespace arras {

struct Ray {
  Vec3 origin, direction;  // direction: unit length
};

class CameraModel {
 public:
  // cameraToWorld: looks along its −Z with +Y up, no scale. verticalFovRad or halfHeight counts, by isOrthographic. A
  // lens radius of 0 is a pinhole; focusDistance is measured along the axis.
  CameraModel(const Matrix4& cameraToWorld, bool isOrthographic, float verticalFovRad, float halfHeight,
              float lensRadius, float focusDistance, uint32_t widthPx, uint32_t heightPx);

  // Film coordinates in pixels of the display window, y down; the centre of pixel i is at i + 0.5. uLens in [0, 1)².
  Ray generate(float filmX, float filmY, Vec2 uLens) const;

  // Unit vector along the view; depth is measured along it from position().
  Vec3 axis() const { return axis_; }
  Vec3 position() const { return position_; }

 private:
  Matrix4 cameraToWorld_;
  bool isOrthographic_;
  float unitsPerPx_;  // on the film, for perspective at distance 1
  float centreX_, centreY_;
  float lensRadius_, focusDistance_;
  Vec3 axis_, position_;
};

// Area-preserving from the square to the unit disk, without the tears of polar coordinates (Shirley and Chiu, "A Low
// Distortion Map Between Disk and Square", JGT 2(3), 1997).
Vec2 concentricDisk(Vec2 u);

}  // namespace arras
