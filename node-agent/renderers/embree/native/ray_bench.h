// How fast the scene answers rays, beside a bare Embree loop over the same rays and the same tree: for the benchmarks.
#pragma once

#include <cstdint>
#include <vector>

#include "camera.h"
#include "scene.h"

namespace arras {

struct RayBench {
  uint64_t rayCount = 0, hitCount = 0;
  double sceneSeconds = 0;  // with position, normals, texcoords and the skipping of what is not solid
  double bareSeconds = 0;   // rtcIntersect1 alone
};

// One ray a pixel from the camera, or (isDiffuse) one from each point that those meet, spread by the cosine.
RayBench benchRays(const SceneGeometry& scene, const CameraModel& camera, uint32_t widthPx, uint32_t heightPx,
                   bool isDiffuse);

}  // namespace arras
