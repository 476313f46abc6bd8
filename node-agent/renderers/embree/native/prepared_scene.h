// A scene ready to be rendered, and the rendering of one unit of it. No JavaScript here; any thread may call it.
#pragma once

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "camera.h"
#include "film_tile.h"
#include "filter.h"
#include "integrator.h"
#include "pick.h"
#include "ray_bench.h"

namespace arras {

// The scene contradicts itself; `what()` says where.
class SceneError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct CameraInput {
  Matrix4 cameraToWorld;
  bool isOrthographic = false;
  float verticalFovRad = 1, halfHeight = 1, lensRadius = 0, focusDistance = 1;
};

struct PrepareInput {
  std::vector<MeshInput> meshes;
  std::vector<InstanceInput> instances;
  std::vector<Material> materials;
  std::vector<Texture> textures;
  std::unique_ptr<EnvironmentMap> environment;
  PunctualLights lights;
  CameraInput camera;
  uint32_t widthPx = 0, heightPx = 0;
  FilterKind filterKind = FilterKind::BlackmanHarris;
  float filterRadiusPx = 1.5f;
  IntegratorSettings integrator;
  uint32_t outputs = 0;
  double clampLimit = 0;
  size_t reportsMax = 0;
};

// How a prepared scene is to be from now on: a state, so that it does not matter what it was before.
struct SceneUpdate {
  CameraInput camera;
  bool hasEnvironment = false;  // else it is as it was prepared
  float rotationRad = 0;
  Vec3 tint{1, 1, 1};
  bool hasLights = false;  // else they are as they were prepared
  PunctualLights lights;
  std::vector<MaterialEdit> materials;  // others are as they were prepared
  std::vector<uint32_t> hiddenObjectIds;
};

struct UnitResult {
  bool isCancelled = false;
  std::vector<EncodedPlane> planes;
  SampleReports clamped, nonFinite;
  double renderMs = 0;
};

class PreparedScene {
 public:
  // Throws SceneError, or std::runtime_error where Embree fails.
  explicit PreparedScene(PrepareInput input);

  // Not while a unit is rendered. What is not changed is not computed anew. Throws SceneError, or std::runtime_error, and
  // must not be rendered then until another update.
  void update(const SceneUpdate& update);

  // On the calling thread; ends soon after `cancelled` becomes true.
  UnitResult render(const UnitRequest& unit, const std::atomic<bool>& cancelled) const;
  // On the calling thread.
  Picked pick(int32_t x, int32_t y, uint32_t rayCount) const;
  std::string debugSample(int32_t x, int32_t y, uint32_t sampleIndex) const;

  RayBench bench(bool isDiffuse) const;

  uint64_t triangleCount() const { return scene_->triangleCount(); }
  uint64_t lightCount() const { return lights_->count(); }
  uint64_t sizeBytes() const { return sizeBytes_; }

 private:
  void aim(const CameraInput& camera);

  uint32_t outputs_, widthPx_, heightPx_;
  double clampLimit_;
  size_t reportsMax_;
  uint64_t sizeBytes_ = 0;
  IntegratorSettings settings_;
  float rotationRad_ = 0;      // of the environment as it was prepared
  PunctualLights lightsAtFirst_;
  PunctualLights lightsNow_;   // those in `lights_`
  std::unique_ptr<MaterialSet> materials_;
  std::unique_ptr<SceneGeometry> scene_;
  std::unique_ptr<LightSet> lights_;
  std::unique_ptr<const CameraModel> camera_;
  std::unique_ptr<const ReconstructionFilter> filter_;
  std::unique_ptr<const Integrator> integrator_;
};

}  // namespace arras
