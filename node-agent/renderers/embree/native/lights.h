// All light sources, and choosing among them: environment, emissive triangles, point, spot and directional lights.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "vector.h"

namespace arras {

// Latitude-longitude map; orientation in node-agent/scene/description.ts (`Environment`).
struct EnvironmentMap {
  uint32_t widthPx = 0, heightPx = 0;
  std::vector<float> pixels;  // linear rgb, rows top to bottom
  float rotationRad = 0;
};

struct PointLight {
  Vec3 position, intensity;

  bool operator==(const PointLight& other) const {
    return isSame(position, other.position) && isSame(intensity, other.intensity);
  }
};
struct SpotLight {
  Vec3 position, direction, intensity;
  float innerConeRad, outerConeRad;

  bool operator==(const SpotLight& other) const {
    return isSame(position, other.position) && isSame(direction, other.direction) &&
           isSame(intensity, other.intensity) && innerConeRad == other.innerConeRad &&
           outerConeRad == other.outerConeRad;
  }
};
struct DirectionalLight {
  Vec3 direction, irradiance;  // direction: where the light travels
  float angularRadiusRad;      // 0: a point at infinity; else a disk that rays can hit
};

// A triangle that emits, in the world. `doubleSided`: emits to both sides; else only to that of its normal (by winding).
struct EmissiveTriangle {
  Vec3 a, b, c;
  uint32_t instanceIndex, primitiveIndex;
  bool doubleSided;
};

// Emission may be textured, so who knows materials answers (the scene).
class EmissionSource {
 public:
  virtual ~EmissionSource() = default;
  // Radiance at barycentrics (u, v) as Embree defines them: a·(1−u−v) + b·u + c·v.
  virtual Vec3 emission(const EmissiveTriangle& triangle, float u, float v) const = 0;
};

enum class SamplingStrategy { Mis, Light, Bsdf };

struct LightSample {
  Vec3 direction;     // unit, from the point to the light
  float distance;     // +infinity for lights at infinity
  Vec3 radiance;      // arriving along −direction if nothing is in between; for delta lights already irradiance-like
  float density;      // per solid angle, the probability of choosing this light included; for delta lights only that
  bool isDelta;
};

class LightSet {
 public:
  // `emission` must outlive the set. Lights that give nothing are left out.
  LightSet(std::unique_ptr<EnvironmentMap> environment, std::vector<PointLight> points, std::vector<SpotLight> spots,
           std::vector<DirectionalLight> directionals, std::vector<EmissiveTriangle> triangles,
           const EmissionSource& emission);
  ~LightSet();

  // These change the lights that there are; not while anybody reads.
  void editEnvironment(float rotationRad, Vec3 tint);
  void editSuns(const std::vector<DirectionalLight>& directionals);
  // Builds the tree of local lights anew.
  void editLocal(const std::vector<PointLight>& points, const std::vector<SpotLight>& spots,
                 std::vector<EmissiveTriangle> triangles);

  bool isEmpty() const;
  uint32_t count() const;
  uint64_t sizeBytes() const;

  // One light towards `position`. False: nothing arrives.
  bool sample(Vec3 position, float uChoice, Vec2 u, LightSample& sample) const;

  // The environment alone. False: there is none, or nothing arrives.
  bool sampleEnvironment(Vec2 u, LightSample& sample) const;

  // Light from infinity along `direction` for a ray that left the surface at `position` with `bsdfDensity` and hit
  // nothing, every source weighted against sample() by the strategy (balance heuristic). `countFully`: camera rays and
  // delta bounces. bsdfDensity is above 0 unless `countFully`.
  Vec3 escaped(Vec3 position, Vec3 direction, float bsdfDensity, bool countFully, SamplingStrategy strategy) const;

  // The density with which sample(position) would have given the point on the emissive triangle that a ray from there
  // hit; 0 if that triangle is not among the lights. cosAtLight: |cos| between the ray and the triangle's normal.
  float triangleDensity(Vec3 position, uint32_t instanceIndex, uint32_t primitiveIndex, float distance,
                        float cosAtLight) const;

  // The environment and sun disks as a camera sees them.
  Vec3 background(Vec3 direction) const;

 private:
  struct Lights;
  std::unique_ptr<Lights> lights_;
};

}  // namespace arras
