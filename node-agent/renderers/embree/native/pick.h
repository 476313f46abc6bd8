// What is under a pixel: the first surface that the ray through its middle meets, and how much each light gives there.
#pragma once

#include <vector>

#include "integrator.h"
#include "lights.h"
#include "scene.h"

namespace arras {

struct PunctualLights {
  std::vector<PointLight> points;
  std::vector<SpotLight> spots;
  std::vector<DirectionalLight> directionals;
};

struct PickedLight {
  enum class Kind { Environment, Point, Spot, Directional, Emitter } kind;
  uint32_t index;   // among the lights of its kind; of emitters: of the material
  Vec3 irradiance;  // on the side that is seen, shadows counted
};

struct Picked {
  bool isHit = false;
  uint32_t objectId = 0, materialIndex = 0;
  float depth = 0;
  Vec3 position, normal;
  std::vector<PickedLight> lights;
};

// `rayCount` rays to each light that has an extent. On the calling thread.
Picked pick(const Integrator& integrator, const SceneGeometry& scene, const LightSet& lights,
            const PunctualLights& punctual, int32_t x, int32_t y, uint32_t rayCount);

}  // namespace arras
