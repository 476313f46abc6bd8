#include "scene_reader.h"

namespace arras {
namespace {

Napi::Error shapeError(const Napi::Object& object, const char* key, const char* expected) {
  return Napi::TypeError::New(object.Env(), std::string("addon input: ") + key + " is not " + expected);
}

Napi::Object objectAt(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsObject()) throw shapeError(object, key, "an object");
  return value.As<Napi::Object>();
}

double numberAt(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsNumber()) throw shapeError(object, key, "a number");
  return value.As<Napi::Number>().DoubleValue();
}
float floatAt(const Napi::Object& object, const char* key) { return static_cast<float>(numberAt(object, key)); }
uint32_t uintAt(const Napi::Object& object, const char* key) {
  const double value = numberAt(object, key);
  if (!(value >= 0 && value <= 4294967295.0)) throw shapeError(object, key, "an unsigned integer");
  return static_cast<uint32_t>(value);
}
bool boolAt(const Napi::Object& object, const char* key) { return object.Get(key).ToBoolean(); }
std::string textAt(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsString()) throw shapeError(object, key, "a string");
  return value.As<Napi::String>().Utf8Value();
}

float elementOf(const Napi::Object& list, uint32_t index) {
  const Napi::Value value = list.Get(index);
  if (!value.IsNumber()) throw shapeError(list, "a vector's element", "a number");
  return value.As<Napi::Number>().FloatValue();
}
Vec3 vec3At(const Napi::Object& object, const char* key) {
  const Napi::Object list = objectAt(object, key);
  return {elementOf(list, 0), elementOf(list, 1), elementOf(list, 2)};
}

// A copy of the typed array at `key`; empty where it is absent.
template <class Element, napi_typedarray_type kType>
std::vector<Element> arrayAt(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (value.IsUndefined()) return {};
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != kType) {
    throw shapeError(object, key, "a typed array of the right type");
  }
  const auto array = value.As<Napi::TypedArrayOf<Element>>();
  return std::vector<Element>(array.Data(), array.Data() + array.ElementLength());
}
std::vector<float> floatsAt(const Napi::Object& object, const char* key) {
  return arrayAt<float, napi_float32_array>(object, key);
}
std::vector<uint32_t> uintsAt(const Napi::Object& object, const char* key) {
  return arrayAt<uint32_t, napi_uint32_array>(object, key);
}

// One item for each element of the list at `key`. Every element gets a handle scope of its own: lists may be long.
template <class Item, class Read>
std::vector<Item> listAt(const Napi::Object& object, const char* key, Read read) {
  const Napi::Value value = object.Get(key);
  if (!value.IsArray()) throw shapeError(object, key, "an array");
  const auto array = value.As<Napi::Array>();
  std::vector<Item> items;
  items.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::HandleScope scope(object.Env());
    const Napi::Value element = array.Get(i);
    if (!element.IsObject()) throw shapeError(object, key, "an array of objects");
    items.push_back(read(element.As<Napi::Object>()));
  }
  return items;
}

MeshInput readMesh(const Napi::Object& object) {
  MeshInput mesh;
  mesh.positions = floatsAt(object, "positions");
  mesh.normals = floatsAt(object, "normals");
  mesh.tangents = floatsAt(object, "tangents");
  mesh.colors = floatsAt(object, "colors");
  mesh.indices = uintsAt(object, "indices");
  const Napi::Object texcoords = objectAt(object, "texcoords");
  mesh.texcoords[0] = floatsAt(texcoords, "0");
  mesh.texcoords[1] = floatsAt(texcoords, "1");
  mesh.materialIndex = uintAt(object, "materialIndex");
  return mesh;
}

std::vector<InstanceInput> readInstances(const Napi::Object& input) {
  const Napi::Object packed = objectAt(input, "instances");
  const std::vector<uint32_t> meshIndices = uintsAt(packed, "meshIndices"), objectIds = uintsAt(packed, "objectIds");
  const std::vector<float> matrices = floatsAt(packed, "objectToWorlds");
  if (objectIds.size() != meshIndices.size() || matrices.size() != 16 * meshIndices.size()) {
    throw shapeError(packed, "instances", "three arrays of equal length");
  }
  std::vector<InstanceInput> instances(meshIndices.size());
  for (size_t i = 0; i < instances.size(); ++i) {
    instances[i].meshIndex = meshIndices[i];
    instances[i].objectId = objectIds[i];
    std::copy_n(&matrices[16 * i], 16, instances[i].objectToWorld.m);
  }
  return instances;
}

Wrap readWrap(const Napi::Object& object, const char* key) {
  const std::string name = textAt(object, key);
  if (name == "repeat") return Wrap::Repeat;
  if (name == "mirror") return Wrap::Mirror;
  if (name == "clamp") return Wrap::Clamp;
  throw shapeError(object, key, "a wrap mode");
}

Texture readTexture(const Napi::Object& object) {
  Texture texture;
  texture.widthPx = uintAt(object, "widthPx");
  texture.heightPx = uintAt(object, "heightPx");
  texture.pixels = arrayAt<uint8_t, napi_uint8_array>(object, "pixels");
  texture.isSrgb = textAt(object, "colorSpace") == "srgb";
  texture.isNearest = textAt(object, "filter") == "nearest";
  texture.wrapU = readWrap(object, "wrapU");
  texture.wrapV = readWrap(object, "wrapV");
  return texture;
}

TextureUse textureUseAt(const Napi::Object& object, const char* key) {
  TextureUse use;
  if (object.Get(key).IsUndefined()) return use;
  const Napi::Object given = objectAt(object, key);
  use.texture = static_cast<int32_t>(uintAt(given, "textureIndex"));
  if (use.texture < 0) throw shapeError(given, "textureIndex", "an index");
  use.set = static_cast<uint8_t>(std::min(uintAt(given, "texcoordSet"), 255u));
  const Napi::Object transform = objectAt(given, "uvTransform");
  for (uint32_t i = 0; i < 6; ++i) use.m[i] = elementOf(transform, i);
  return use;
}

Material readMaterial(const Napi::Object& object) {
  Material material;
  const Napi::Object alpha = objectAt(object, "alphaMode");
  const std::string mode = textAt(alpha, "t");
  material.alphaMode = mode == "mask" ? AlphaMode::Mask : mode == "blend" ? AlphaMode::Blend : AlphaMode::Opaque;
  if (mode == "mask") material.alphaCutoff = floatAt(alpha, "cutoff");
  material.baseColor = vec3At(object, "baseColor");
  material.emissive = vec3At(object, "emissive");
  material.specularColor = vec3At(object, "specularColor");
  material.sheenColor = vec3At(object, "sheenColor");
  material.unlit = boolAt(object, "unlit");
  material.doubleSided = boolAt(object, "doubleSided");
  const struct {
    const char* key;
    float& value;
  } factors[] = {{"opacity", material.opacity},
                 {"metallic", material.metallic},
                 {"roughness", material.roughness},
                 {"normalScale", material.normalScale},
                 {"ior", material.ior},
                 {"specular", material.specular},
                 {"transmission", material.transmission},
                 {"clearcoat", material.clearcoat},
                 {"clearcoatRoughness", material.clearcoatRoughness},
                 {"clearcoatNormalScale", material.clearcoatNormalScale},
                 {"sheenRoughness", material.sheenRoughness}};
  for (const auto& factor : factors) factor.value = floatAt(object, factor.key);
  const struct {
    const char* key;
    TextureUse& use;
  } uses[] = {{"baseColorTexture", material.baseColorTexture},
              {"metallicRoughnessTexture", material.metallicRoughnessTexture},
              {"normalTexture", material.normalTexture},
              {"emissiveTexture", material.emissiveTexture},
              {"specularTexture", material.specularTexture},
              {"specularColorTexture", material.specularColorTexture},
              {"transmissionTexture", material.transmissionTexture},
              {"clearcoatTexture", material.clearcoatTexture},
              {"clearcoatRoughnessTexture", material.clearcoatRoughnessTexture},
              {"clearcoatNormalTexture", material.clearcoatNormalTexture},
              {"sheenColorTexture", material.sheenColorTexture},
              {"sheenRoughnessTexture", material.sheenRoughnessTexture}};
  for (const auto& row : uses) row.use = textureUseAt(object, row.key);
  return material;
}

void readLight(const Napi::Object& object, PunctualLights& lights) {
  const std::string type = textAt(object, "t");
  if (type == "point") {
    lights.points.push_back({vec3At(object, "position"), vec3At(object, "intensity")});
  } else if (type == "spot") {
    lights.spots.push_back({vec3At(object, "position"), vec3At(object, "direction"), vec3At(object, "intensity"),
                            floatAt(object, "innerConeRad"), floatAt(object, "outerConeRad")});
  } else if (type == "directional") {
    lights.directionals.push_back(
        {vec3At(object, "direction"), vec3At(object, "irradiance"), floatAt(object, "angularRadiusRad")});
  } else {
    throw shapeError(object, "t", "a light type");
  }
}

PunctualLights readLights(const Napi::Object& object) {
  PunctualLights lights;
  listAt<int>(object, "lights", [&lights](const Napi::Object& light) {
    readLight(light, lights);
    return 0;
  });
  return lights;
}

MaterialEdit readMaterialEdit(const Napi::Object& object) {
  MaterialEdit edit;
  edit.materialIndex = uintAt(object, "materialIndex");
  edit.baseColor = vec3At(object, "baseColor"), edit.emissive = vec3At(object, "emissive");
  edit.roughness = floatAt(object, "roughness"), edit.metallic = floatAt(object, "metallic");
  return edit;
}

CameraInput readCamera(const Napi::Object& object) {
  CameraInput camera;
  const Napi::Object matrix = objectAt(object, "cameraToWorld"), projection = objectAt(object, "projection");
  for (uint32_t i = 0; i < 16; ++i) camera.cameraToWorld.m[i] = elementOf(matrix, i);
  camera.isOrthographic = textAt(projection, "t") == "orthographic";
  if (camera.isOrthographic) {
    camera.halfHeight = floatAt(projection, "halfHeight");
  } else {
    camera.verticalFovRad = floatAt(projection, "verticalFovRad");
  }
  camera.lensRadius = floatAt(object, "lensRadius");
  camera.focusDistance = floatAt(object, "focusDistance");
  return camera;
}

void readSampling(const Napi::Object& sampling, PrepareInput& input) {
  input.integrator.seed = uintAt(sampling, "seed");
  input.integrator.maxDepth = uintAt(sampling, "maxDepth");
  input.integrator.rouletteDepth = uintAt(sampling, "rouletteDepth");
  const std::string strategy = textAt(sampling, "strategy");
  input.integrator.strategy = strategy == "light"  ? SamplingStrategy::Light
                              : strategy == "bsdf" ? SamplingStrategy::Bsdf
                                                   : SamplingStrategy::Mis;
  const Napi::Object filter = objectAt(sampling, "filter");
  const std::string kind = textAt(filter, "kind");
  input.filterKind = kind == "box"        ? FilterKind::Box
                     : kind == "gaussian" ? FilterKind::Gaussian
                                          : FilterKind::BlackmanHarris;
  input.filterRadiusPx = floatAt(filter, "radiusPx");
}

uint32_t readOutputs(const Napi::Object& film) {
  const char* names[] = {"beauty", "alpha", "luminance2", "albedo", "normal", "depth", "position", "id"};
  uint32_t outputs = 0;
  const auto list = objectAt(film, "outputs");
  const uint32_t count = list.As<Napi::Array>().Length();
  for (uint32_t i = 0; i < count; ++i) {
    const std::string name = list.Get(i).ToString();
    const auto* found = std::find(std::begin(names), std::end(names), name);
    if (found == std::end(names)) throw shapeError(film, "outputs", "a list of known outputs");
    outputs |= 1u << (found - std::begin(names));
  }
  return outputs;
}

}  // namespace

PrepareInput readPrepareInput(const Napi::Object& object) {
  PrepareInput input;
  input.meshes = listAt<MeshInput>(object, "meshes", readMesh);
  input.instances = readInstances(object);
  input.materials = listAt<Material>(object, "materials", readMaterial);
  input.textures = listAt<Texture>(object, "textures", readTexture);
  input.lights = readLights(object);
  if (!object.Get("environment").IsUndefined()) {
    const Napi::Object given = objectAt(object, "environment");
    input.environment = std::make_unique<EnvironmentMap>();
    input.environment->widthPx = uintAt(given, "widthPx");
    input.environment->heightPx = uintAt(given, "heightPx");
    input.environment->pixels = floatsAt(given, "pixels");
    input.environment->rotationRad = floatAt(given, "rotationRad");
  }
  input.camera = readCamera(objectAt(object, "camera"));
  const Napi::Object film = objectAt(object, "film");
  input.widthPx = uintAt(film, "widthPx");
  input.heightPx = uintAt(film, "heightPx");
  input.outputs = readOutputs(film);
  input.clampLimit = numberAt(film, "clampLimit");
  input.reportsMax = uintAt(film, "reportsMax");
  readSampling(objectAt(object, "sampling"), input);
  return input;
}

SceneUpdate readUpdate(const Napi::Object& object) {
  SceneUpdate update;
  update.camera = readCamera(objectAt(object, "camera"));
  update.hasEnvironment = !object.Get("environment").IsUndefined();
  if (update.hasEnvironment) {
    const Napi::Object environment = objectAt(object, "environment");
    update.rotationRad = floatAt(environment, "rotationRad");
    update.tint = vec3At(environment, "tint");
  }
  update.hasLights = !object.Get("lights").IsUndefined();
  if (update.hasLights) update.lights = readLights(object);
  update.materials = listAt<MaterialEdit>(object, "materials", readMaterialEdit);
  update.hiddenObjectIds = uintsAt(object, "hiddenObjectIds");
  return update;
}

UnitRequest readUnit(const Napi::Object& unit) {
  const Napi::Object rect = objectAt(unit, "rect");
  const auto intAt = [](const Napi::Object& object, const char* key) {
    return static_cast<int32_t>(std::min(uintAt(object, key), 1u << 30));
  };
  UnitRequest request;
  request.x0 = intAt(rect, "x0"), request.y0 = intAt(rect, "y0");
  request.x1 = intAt(rect, "x1"), request.y1 = intAt(rect, "y1");
  request.sampleBegin = uintAt(unit, "sampleBegin");
  request.sampleEnd = uintAt(unit, "sampleEnd");
  request.stridePx = std::max(1, intAt(unit, "stridePx"));
  return request;
}

}  // namespace arras
