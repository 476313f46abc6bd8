#include "prepared_scene.h"

#include <chrono>

#include "float_state.h"

namespace arras {
namespace {

std::string at(const char* list, size_t index) { return std::string(list) + "[" + std::to_string(index) + "]"; }

// Readers promise all this; a broken promise would make Embree read foreign memory.
void checkMesh(const PrepareInput& input, size_t meshIndex) {
  const MeshInput& mesh = input.meshes[meshIndex];
  const std::string place = at("meshes", meshIndex);
  const size_t vertexCount = mesh.vertexCount();
  if (mesh.materialIndex >= input.materials.size()) throw SceneError(place + ": materialIndex is out of range");
  if (mesh.positions.size() % 3 != 0) throw SceneError(place + ": positions are not xyz");
  if (mesh.indices.size() % 3 != 0) throw SceneError(place + ": indices are not three a triangle");
  for (const uint32_t index : mesh.indices) {
    if (index >= vertexCount) throw SceneError(place + ": index " + std::to_string(index) + " is out of range");
  }
  for (const float coordinate : mesh.positions) {
    if (!std::isfinite(coordinate)) throw SceneError(place + ": a position is not finite");
  }
  const struct {
    const std::vector<float>& values;
    size_t width;
    const char* name;
  } attributes[] = {{mesh.normals, 3, "normals"},
                    {mesh.tangents, 4, "tangents"},
                    {mesh.texcoords[0], 2, "texcoords[0]"},
                    {mesh.texcoords[1], 2, "texcoords[1]"},
                    {mesh.colors, 4, "colors"}};
  for (const auto& attribute : attributes) {
    if (!attribute.values.empty() && attribute.values.size() != attribute.width * vertexCount) {
      throw SceneError(place + ": " + attribute.name + " do not fit the vertex count");
    }
  }
}

void checkMaterial(const PrepareInput& input, size_t materialIndex) {
  const Material& material = input.materials[materialIndex];
  const TextureUse* uses[] = {&material.baseColorTexture,     &material.metallicRoughnessTexture,
                              &material.normalTexture,        &material.emissiveTexture,
                              &material.specularTexture,      &material.specularColorTexture,
                              &material.transmissionTexture,  &material.clearcoatTexture,
                              &material.clearcoatRoughnessTexture, &material.clearcoatNormalTexture,
                              &material.sheenColorTexture,    &material.sheenRoughnessTexture};
  for (const TextureUse* use : uses) {
    if (use->texture >= static_cast<int64_t>(input.textures.size()) || use->set > 1) {
      throw SceneError(at("materials", materialIndex) + ": a texture index or set is out of range");
    }
  }
}

void check(const PrepareInput& input) {
  for (size_t i = 0; i < input.meshes.size(); ++i) checkMesh(input, i);
  for (size_t i = 0; i < input.materials.size(); ++i) checkMaterial(input, i);
  for (size_t i = 0; i < input.textures.size(); ++i) {
    const Texture& texture = input.textures[i];
    const size_t texelCount = size_t{texture.widthPx} * texture.heightPx;
    if (texelCount == 0 || texture.pixels.size() != 4 * texelCount) {
      throw SceneError(at("textures", i) + ": pixels do not fit the size");
    }
  }
  for (size_t i = 0; i < input.instances.size(); ++i) {
    if (input.instances[i].meshIndex >= input.meshes.size()) {
      throw SceneError(at("instances", i) + ": meshIndex is out of range");
    }
    for (const float element : input.instances[i].objectToWorld.m) {
      if (!std::isfinite(element)) throw SceneError(at("instances", i) + ": objectToWorld is not finite");
    }
  }
  if (input.environment) {
    const EnvironmentMap& map = *input.environment;
    const size_t texelCount = size_t{map.widthPx} * map.heightPx;
    if (texelCount == 0 || map.pixels.size() != 3 * texelCount) {
      throw SceneError("environment: pixels do not fit the size");
    }
  }
}

// The first multiple of `stride` that is not below `value`.
int32_t alignedUp(int32_t value, int32_t stride) { return (value + stride - 1) / stride * stride; }

size_t alignedCount(int32_t begin, int32_t end, int32_t stride) {
  const int32_t first = alignedUp(begin, stride);
  return first < end ? static_cast<size_t>((end - first + stride - 1) / stride) : 0;
}

}  // namespace

PreparedScene::PreparedScene(PrepareInput input)
    : outputs_(input.outputs), widthPx_(input.widthPx), heightPx_(input.heightPx), clampLimit_(input.clampLimit),
      reportsMax_(input.reportsMax), settings_(input.integrator), lightsAtFirst_(std::move(input.lights)),
      lightsNow_(lightsAtFirst_) {
  const FloatStateScope floatState;
  check(input);
  for (const Texture& texture : input.textures) sizeBytes_ += texture.pixels.size();
  materials_ = std::make_unique<MaterialSet>(std::move(input.textures), std::move(input.materials));
  scene_ = std::make_unique<SceneGeometry>(sharedDevice(), std::move(input.meshes), input.instances, *materials_);
  sizeBytes_ += scene_->sizeBytes();
  if (input.environment) rotationRad_ = input.environment->rotationRad;
  lights_ = std::make_unique<LightSet>(std::move(input.environment), lightsNow_.points, lightsNow_.spots,
                                       lightsNow_.directionals, scene_->emissiveTriangles(), *scene_);
  sizeBytes_ += lights_->sizeBytes();
  filter_ = std::make_unique<ReconstructionFilter>(input.filterKind, input.filterRadiusPx);
  aim(input.camera);
}

void PreparedScene::update(const SceneUpdate& update) {
  const FloatStateScope floatState;
  for (const MaterialEdit& edit : update.materials) {
    if (edit.materialIndex >= materials_->count()) throw SceneError("an edited material is not there");
  }
  const bool isEmissionHidden = scene_->hide(update.hiddenObjectIds);
  integrator_.reset();
  const bool isEmissionEdited = materials_->edit(update.materials);
  const PunctualLights& lights = update.hasLights ? update.lights : lightsAtFirst_;
  const bool isLocalSame = lights.points == lightsNow_.points && lights.spots == lightsNow_.spots;
  lightsNow_ = lights;
  if (isEmissionEdited || isEmissionHidden || !isLocalSame) {
    lights_->editLocal(lights.points, lights.spots, scene_->emissiveTriangles());
  }
  lights_->editSuns(lights.directionals);
  lights_->editEnvironment(update.hasEnvironment ? update.rotationRad : rotationRad_,
                           update.hasEnvironment ? update.tint : Vec3{1, 1, 1});
  aim(update.camera);
}

// The integrator, which keeps no state, is made anew with it.
void PreparedScene::aim(const CameraInput& camera) {
  camera_ = std::make_unique<CameraModel>(camera.cameraToWorld, camera.isOrthographic, camera.verticalFovRad,
                                          camera.halfHeight, camera.lensRadius, camera.focusDistance, widthPx_,
                                          heightPx_);
  integrator_ = std::make_unique<Integrator>(*scene_, *materials_, *lights_, *camera_, *filter_, settings_);
}

UnitResult PreparedScene::render(const UnitRequest& unit, const std::atomic<bool>& cancelled) const {
  if (!integrator_) throw std::runtime_error("the scene's last update failed");
  const auto begin = std::chrono::steady_clock::now();
  const FloatStateScope floatState;
  const int32_t stride = unit.stridePx;
  const size_t pixelCount = alignedCount(unit.x0, unit.x1, stride) * alignedCount(unit.y0, unit.y1, stride);
  FilmTile tile(outputs_, pixelCount, clampLimit_, reportsMax_);
  UnitResult result;
  for (int32_t y = alignedUp(unit.y0, stride); y < unit.y1; y += stride) {
    for (int32_t x = alignedUp(unit.x0, stride); x < unit.x1; x += stride) {
      for (uint32_t i = unit.sampleBegin; i < unit.sampleEnd; ++i) {
        if (cancelled.load(std::memory_order_relaxed)) {
          result.isCancelled = true;
          return result;
        }
        tile.add(integrator_->sample(x, y, i, nullptr), {x, y, i});
      }
      tile.endPixel();
    }
  }
  result.planes = tile.encode();
  result.clamped = tile.clamped();
  result.nonFinite = tile.nonFinite();
  result.renderMs = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

Picked PreparedScene::pick(int32_t x, int32_t y, uint32_t rayCount) const {
  if (!integrator_) throw std::runtime_error("the scene's last update failed");
  const FloatStateScope floatState;
  return arras::pick(*integrator_, *scene_, *lights_, lightsNow_, x, y, rayCount);
}

std::string PreparedScene::debugSample(int32_t x, int32_t y, uint32_t sampleIndex) const {
  const FloatStateScope floatState;
  PathLog log;
  integrator_->sample(x, y, sampleIndex, &log);
  std::string text;
  for (const std::string& line : log) text += line + "\n";
  return text;
}

RayBench PreparedScene::bench(bool isDiffuse) const {
  const FloatStateScope floatState;
  return benchRays(*scene_, *camera_, widthPx_, heightPx_, isDiffuse);
}

}  // namespace arras
