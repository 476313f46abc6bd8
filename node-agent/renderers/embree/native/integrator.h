// Paths through the scene: one camera sample's light, by next-event estimation and multiple importance sampling.
// A sample is a function of (scene, pixel, sample index) and of nothing else; the integrator has no state.
#pragma once

#include <cstdint>

#include "camera.h"
#include "film_tile.h"
#include "filter.h"
#include "lights.h"
#include "material.h"
#include "path_log.h"
#include "sampler.h"
#include "scene.h"
#include "surface.h"

namespace arras {

struct IntegratorSettings {
  uint32_t seed = 0;
  // Scattering events of a path: 0 shows emission only, 1 direct light.
  uint32_t maxDepth = 8;
  // From this many scattering events on, dim paths may end by chance.
  uint32_t rouletteDepth = 3;
  SamplingStrategy strategy = SamplingStrategy::Mis;
};

class Integrator {
 public:
  // All must outlive it.
  Integrator(const SceneGeometry& scene, const MaterialSet& materials, const LightSet& lights,
             const CameraModel& camera, const ReconstructionFilter& filter, const IntegratorSettings& settings);

  // Sample `sampleIndex` of pixel (x, y) of the display window. `log` may be null.
  SampleValues sample(int32_t x, int32_t y, uint32_t sampleIndex, PathLog* log) const;

  // What the ray through the middle of the pixel and of the lens meets first; `depth` as that output. False: nothing.
  bool look(int32_t x, int32_t y, SurfacePoint& point, SurfaceFrames& frames, float& depth) const;

 private:
  struct Path;

  void meet(const SurfacePoint& point, Path& path) const;
  Vec3 emitted(const SurfacePoint& point, const Path& path) const;
  Vec3 directLight(const SurfacePoint& point, const SurfaceFrames& frames, const Surface& surface, Path& path) const;
  bool scatter(const SurfacePoint& point, const SurfaceFrames& frames, const Surface& surface, Path& path) const;
  SurfaceFrames framesAt(const SurfacePoint& point, Vec3 outgoing) const;

  const SceneGeometry& scene_;
  const MaterialSet& materials_;
  const LightSet& lights_;
  const CameraModel& camera_;
  const ReconstructionFilter& filter_;
  const IntegratorSettings settings_;
  bool hasLights_;
};

}  // namespace arras
