// embree_test.node: the path tracer's exact mathematics, textures, materials and surface for the tests. Arrays of numbers
// in, arrays of numbers out; nothing in production loads it.
#include <napi.h>

#include <string>
#include <vector>

#include "../energy_table.h"
#include "../exact_math.h"
#include "../material.h"
#include "../surface.h"
#include "../texture.h"

namespace arras {
namespace {

using Floats = Napi::Float32Array;

float floatOr(const Napi::Object& object, const char* key, float otherwise) {
  const Napi::Value value = object.Get(key);
  return value.IsNumber() ? value.As<Napi::Number>().FloatValue() : otherwise;
}
Vec3 vec3Of(const Napi::Value& value, Vec3 otherwise) {
  if (!value.IsArray()) return otherwise;
  const auto list = value.As<Napi::Array>();
  const auto at = [&](uint32_t i) { return list.Get(i).As<Napi::Number>().FloatValue(); };
  return {at(0), at(1), at(2)};
}
Napi::Array listOf(Napi::Env env, Vec3 v) {
  auto list = Napi::Array::New(env, 3);
  list.Set(0u, v.x), list.Set(1u, v.y), list.Set(2u, v.z);
  return list;
}
Floats put(const Napi::Env& env, const std::vector<float>& values) {
  auto array = Floats::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

// exactMath(name, x, y?): one result for each x (and y).
Napi::Value exactMath(const Napi::CallbackInfo& info) {
  const std::string name = info[0].As<Napi::String>();
  const auto x = info[1].As<Floats>();
  const auto y = info.Length() > 2 ? info[2].As<Floats>() : x;
  std::vector<float> results;
  const auto each = [&](auto function) {
    for (size_t i = 0; i < x.ElementLength(); ++i) results.push_back(function(x[i], y[i]));
  };
  if (name == "sin") each([](float a, float) { return exactSin(a); });
  if (name == "cos") each([](float a, float) { return exactCos(a); });
  if (name == "tan") each([](float a, float) { return exactTan(a); });
  if (name == "exp") each([](float a, float) { return exactExp(a); });
  if (name == "exp2") each([](float a, float) { return exactExp2(a); });
  if (name == "log") each([](float a, float) { return exactLog(a); });
  if (name == "log2") each([](float a, float) { return exactLog2(a); });
  if (name == "acos") each([](float a, float) { return exactAcos(a); });
  if (name == "asin") each([](float a, float) { return exactAsin(a); });
  if (name == "pow") each([](float a, float b) { return exactPow(a, b); });
  if (name == "atan2") each([](float a, float b) { return exactAtan2(a, b); });
  return put(info.Env(), results);
}

Wrap wrapOf(const Napi::Value& value) {
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "repeat";
  return name == "mirror" ? Wrap::Mirror : (name == "clamp" ? Wrap::Clamp : Wrap::Repeat);
}

// As `Texture` of node-agent/scene/description.ts.
Texture textureOf(const Napi::Object& object) {
  Texture texture;
  texture.widthPx = object.Get("widthPx").As<Napi::Number>().Uint32Value();
  texture.heightPx = object.Get("heightPx").As<Napi::Number>().Uint32Value();
  const auto pixels = object.Get("pixels").As<Napi::Uint8Array>();
  texture.pixels.assign(pixels.Data(), pixels.Data() + pixels.ElementLength());
  texture.isSrgb = object.Get("colorSpace").As<Napi::String>().Utf8Value() == "srgb";
  texture.isNearest = object.Get("filter").As<Napi::String>().Utf8Value() == "nearest";
  texture.wrapU = wrapOf(object.Get("wrapU"));
  texture.wrapV = wrapOf(object.Get("wrapV"));
  return texture;
}

// sampleTexture(texture, uvs): rgba and the alpha of sampleAlpha() for each uv.
Napi::Value sampleTexture(const Napi::CallbackInfo& info) {
  const Texture texture = textureOf(info[0].As<Napi::Object>());
  const auto uvs = info[1].As<Floats>();
  std::vector<float> results;
  for (size_t i = 0; i + 1 < uvs.ElementLength(); i += 2) {
    const Texel t = texture.sample({uvs[i], uvs[i + 1]});
    results.insert(results.end(), {t.r, t.g, t.b, t.a, texture.sampleAlpha({uvs[i], uvs[i + 1]})});
  }
  return put(info.Env(), results);
}

TextureUse useOf(const Napi::Object& material, const char* key) {
  TextureUse use;
  const Napi::Value value = material.Get(key);
  if (!value.IsObject()) return use;
  const auto object = value.As<Napi::Object>();
  use.texture = object.Get("textureIndex").As<Napi::Number>();
  use.set = static_cast<uint8_t>(object.Get("texcoordSet").As<Napi::Number>().Uint32Value());
  const auto transform = object.Get("uvTransform").As<Napi::Array>();
  for (uint32_t i = 0; i < 6; ++i) use.m[i] = transform.Get(i).As<Napi::Number>().FloatValue();
  return use;
}

// As `Material` of node-agent/scene/description.ts, but what is absent has glTF's default.
Material materialOf(const Napi::Object& o) {
  Material m;
  m.baseColor = vec3Of(o.Get("baseColor"), m.baseColor);
  m.baseColorTexture = useOf(o, "baseColorTexture");
  m.opacity = floatOr(o, "opacity", m.opacity);
  if (o.Get("alphaMode").IsObject()) {
    const auto mode = o.Get("alphaMode").As<Napi::Object>();
    const std::string t = mode.Get("t").As<Napi::String>();
    m.alphaMode = t == "mask" ? AlphaMode::Mask : (t == "blend" ? AlphaMode::Blend : AlphaMode::Opaque);
    m.alphaCutoff = floatOr(mode, "cutoff", m.alphaCutoff);
  }
  m.metallic = floatOr(o, "metallic", m.metallic);
  m.roughness = floatOr(o, "roughness", m.roughness);
  m.metallicRoughnessTexture = useOf(o, "metallicRoughnessTexture");
  m.normalTexture = useOf(o, "normalTexture");
  m.normalScale = floatOr(o, "normalScale", m.normalScale);
  m.emissive = vec3Of(o.Get("emissive"), m.emissive);
  m.emissiveTexture = useOf(o, "emissiveTexture");
  m.specular = floatOr(o, "specular", m.specular);
  m.specularTexture = useOf(o, "specularTexture");
  m.specularColorTexture = useOf(o, "specularColorTexture");
  m.transmission = floatOr(o, "transmission", m.transmission);
  m.transmissionTexture = useOf(o, "transmissionTexture");
  m.clearcoat = floatOr(o, "clearcoat", m.clearcoat);
  m.clearcoatTexture = useOf(o, "clearcoatTexture");
  m.clearcoatRoughness = floatOr(o, "clearcoatRoughness", m.clearcoatRoughness);
  m.clearcoatRoughnessTexture = useOf(o, "clearcoatRoughnessTexture");
  m.clearcoatNormalTexture = useOf(o, "clearcoatNormalTexture");
  m.sheenColor = vec3Of(o.Get("sheenColor"), m.sheenColor);
  m.sheenColorTexture = useOf(o, "sheenColorTexture");
  m.sheenRoughness = floatOr(o, "sheenRoughness", m.sheenRoughness);
  m.sheenRoughnessTexture = useOf(o, "sheenRoughnessTexture");
  m.unlit = o.Get("unlit").ToBoolean();
  return m;
}

MaterialSet::Lookup lookupOf(const Napi::Object& object) {
  MaterialSet::Lookup lookup;
  const Vec3 first = vec3Of(object.Get("uv0"), {}), second = vec3Of(object.Get("uv1"), {});
  lookup.uv[0] = {first.x, first.y};
  lookup.uv[1] = {second.x, second.y};
  const Vec3 color = vec3Of(object.Get("color"), {1, 1, 1});
  lookup.color[0] = color.x, lookup.color[1] = color.y, lookup.color[2] = color.z;
  lookup.color[3] = floatOr(object, "alpha", 1);
  return lookup;
}

// material(textures, material, { uv0, uv1, color, alpha, normal, tangent, handedness }): everything at that point.
Napi::Value material(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::vector<Texture> textures;
  const auto list = info[0].As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); ++i) textures.push_back(textureOf(list.Get(i).As<Napi::Object>()));
  const MaterialSet set(std::move(textures), {materialOf(info[1].As<Napi::Object>())});
  const auto point = info[2].As<Napi::Object>();
  const MaterialSet::Lookup lookup = lookupOf(point);
  const TangentSpace space{vec3Of(point.Get("normal"), {0, 0, 1}), vec3Of(point.Get("tangent"), {0, 0, 0}),
                           floatOr(point, "handedness", 1)};
  const SurfaceParameters p = set.parameters(0, lookup);
  auto result = Napi::Object::New(env);
  result.Set("isOpaque", set.isOpaque(0));
  result.Set("isEmissive", set.isEmissive(0));
  result.Set("opacity", set.opacity(0, lookup));
  result.Set("emission", listOf(env, set.emission(0, lookup)));
  result.Set("baseColor", listOf(env, p.baseColor));
  result.Set("metallic", p.metallic);
  result.Set("roughness", p.roughness);
  result.Set("specular", p.specular);
  result.Set("specularColor", listOf(env, p.specularColor));
  result.Set("transmission", p.transmission);
  result.Set("clearcoat", p.clearcoat);
  result.Set("clearcoatRoughness", p.clearcoatRoughness);
  result.Set("sheenColor", listOf(env, p.sheenColor));
  result.Set("sheenRoughness", p.sheenRoughness);
  result.Set("shadingNormal", listOf(env, set.shadingNormal(0, lookup, space)));
  result.Set("clearcoatNormal", listOf(env, set.clearcoatNormal(0, lookup, space)));
  return result;
}

// A surface in the plane z = 0 seen from `outgoing`; `normal` and `coatNormal` are its shading normals.
Surface surfaceOf(const Napi::Object& o) {
  SurfaceParameters p;
  p.baseColor = vec3Of(o.Get("baseColor"), p.baseColor);
  p.metallic = floatOr(o, "metallic", p.metallic);
  p.roughness = floatOr(o, "roughness", p.roughness);
  p.ior = floatOr(o, "ior", p.ior);
  p.specular = floatOr(o, "specular", p.specular);
  p.specularColor = vec3Of(o.Get("specularColor"), p.specularColor);
  p.transmission = floatOr(o, "transmission", p.transmission);
  p.clearcoat = floatOr(o, "clearcoat", p.clearcoat);
  p.clearcoatRoughness = floatOr(o, "clearcoatRoughness", p.clearcoatRoughness);
  p.sheenColor = vec3Of(o.Get("sheenColor"), p.sheenColor);
  p.sheenRoughness = floatOr(o, "sheenRoughness", p.sheenRoughness);
  SurfaceFrames frames;
  frames.geometricNormal = {0, 0, 1};
  frames.shading = Frame::fromNormal(vec3Of(o.Get("normal"), {0, 0, 1}));
  frames.clearcoat = Frame::fromNormal(vec3Of(o.Get("coatNormal"), {0, 0, 1}));
  frames.isMapped = o.Get("smoothNormal").IsArray();
  frames.smoothNormal = vec3Of(o.Get("smoothNormal"), {});
  return Surface(p, frames, vec3Of(o.Get("outgoing"), {0, 0, 1}));
}

// sampleSurface(surface, u): for each (uLobe, u, v) direction, weight, density, 0: absorbed 1: lobe 2: delta, side ±1.
Napi::Value sampleSurface(const Napi::CallbackInfo& info) {
  const Surface surface = surfaceOf(info[0].As<Napi::Object>());
  const auto u = info[1].As<Floats>();
  std::vector<float> results;
  results.reserve(u.ElementLength() * 3);
  for (size_t i = 0; i + 2 < u.ElementLength(); i += 3) {
    SurfaceSample s;
    const bool goesOn = surface.sample(u[i], {u[i + 1], u[i + 2]}, s);
    if (!goesOn) s = {};
    results.insert(results.end(), {s.direction.x, s.direction.y, s.direction.z, s.weight.x, s.weight.y, s.weight.z,
                                   s.density, goesOn ? (s.isDelta ? 2.0f : 1.0f) : 0.0f, s.isTransmission ? -1.0f : 1.0f});
  }
  return put(info.Env(), results);
}

// evaluateSurface(surface, directions): rgb and density for each.
Napi::Value evaluateSurface(const Napi::CallbackInfo& info) {
  const Surface surface = surfaceOf(info[0].As<Napi::Object>());
  const auto d = info[1].As<Floats>();
  std::vector<float> results;
  results.reserve(d.ElementLength() / 3 * 4);
  for (size_t i = 0; i + 2 < d.ElementLength(); i += 3) {
    float density;
    const Vec3 value = surface.evaluate({d[i], d[i + 1], d[i + 2]}, density);
    results.insert(results.end(), {value.x, value.y, value.z, density});
  }
  return put(info.Env(), results);
}

Napi::Value describeSurface(const Napi::CallbackInfo& info) {
  const Surface surface = surfaceOf(info[0].As<Napi::Object>());
  auto result = Napi::Object::New(info.Env());
  result.Set("albedo", listOf(info.Env(), surface.albedo()));
  result.Set("isDeltaOnly", surface.isDeltaOnly());
  auto lobes = Napi::Array::New(info.Env());
  for (uint32_t i = 0; i < 100; ++i) lobes.Set(i, surface.lobeName(static_cast<float>(i) / 100));
  result.Set("lobes", lobes);
  return result;
}

// ggxEnergy(cosine, roughness): [albedo, rise].
Napi::Value ggxEnergyAt(const Napi::CallbackInfo& info) {
  const GgxEnergy energy = ggxEnergy(info[0].As<Napi::Number>(), info[1].As<Napi::Number>());
  return put(info.Env(), {energy.albedo, energy.rise});
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("exactMath", Napi::Function::New(env, exactMath));
  exports.Set("sampleTexture", Napi::Function::New(env, sampleTexture));
  exports.Set("material", Napi::Function::New(env, material));
  exports.Set("sampleSurface", Napi::Function::New(env, sampleSurface));
  exports.Set("evaluateSurface", Napi::Function::New(env, evaluateSurface));
  exports.Set("describeSurface", Napi::Function::New(env, describeSurface));
  exports.Set("ggxEnergy", Napi::Function::New(env, ggxEnergyAt));
  return exports;
}

}  // namespace
}  // namespace arras

Napi::Object Init(Napi::Env env, Napi::Object exports) { return arras::initialise(env, exports); }
NODE_API_MODULE(embree_test, Init)
