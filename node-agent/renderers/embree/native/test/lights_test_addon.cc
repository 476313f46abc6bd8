// lights_test.node: the path tracer's light set for the tests. Numbers in, arrays of numbers out; nothing in production
// loads it.
#include <napi.h>

#include <memory>
#include <vector>

#include "../lights.h"

namespace arras {
namespace {

using Floats = Napi::Float32Array;

Vec3 vec3At(const Napi::Object& object, const char* key) {
  const auto list = object.Get(key).As<Napi::Array>();
  const auto at = [&](uint32_t i) { return list.Get(i).As<Napi::Number>().FloatValue(); };
  return {at(0), at(1), at(2)};
}
float floatAt(const Napi::Object& object, const char* key) {
  return object.Get(key).As<Napi::Number>().FloatValue();
}
Floats put(const Napi::Env& env, const std::vector<float>& values) {
  auto array = Floats::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

// Triangle i is primitive i / 3 of instance i % 3, as if three meshes took turns. With stripes, every second of so many
// along the barycentric u is black.
struct Lights : EmissionSource {
  std::vector<float> emissions;
  uint32_t stripeCount = 0;
  std::unique_ptr<LightSet> set;

  Vec3 emission(const EmissiveTriangle& triangle, float u, float) const override {
    if (stripeCount > 0 && static_cast<uint32_t>(u * static_cast<float>(stripeCount)) % 2 == 1) return {};
    const float* rgb = &emissions[3 * (3 * size_t{triangle.primitiveIndex} + triangle.instanceIndex)];
    return {rgb[0], rgb[1], rgb[2]};
  }

  explicit Lights(const Napi::Object& object) {
    std::vector<PointLight> points;
    std::vector<SpotLight> spots;
    std::vector<DirectionalLight> directionals;
    const auto list = object.Has("lights") ? object.Get("lights").As<Napi::Array>() : Napi::Array::New(object.Env());
    for (uint32_t i = 0; i < list.Length(); ++i) {
      const auto light = list.Get(i).As<Napi::Object>();
      const std::string t = light.Get("t").As<Napi::String>();
      if (t == "point") points.push_back({vec3At(light, "position"), vec3At(light, "intensity")});
      if (t == "spot") {
        spots.push_back({vec3At(light, "position"), vec3At(light, "direction"), vec3At(light, "intensity"),
                         floatAt(light, "innerConeRad"), floatAt(light, "outerConeRad")});
      }
      if (t == "directional") {
        directionals.push_back(
            {vec3At(light, "direction"), vec3At(light, "irradiance"), floatAt(light, "angularRadiusRad")});
      }
    }
    set = std::make_unique<LightSet>(environmentOf(object), points, spots, directionals, trianglesOf(object), *this);
  }

  static std::unique_ptr<EnvironmentMap> environmentOf(const Napi::Object& object) {
    if (!object.Has("environment")) return nullptr;
    const auto given = object.Get("environment").As<Napi::Object>();
    auto map = std::make_unique<EnvironmentMap>();
    map->widthPx = given.Get("widthPx").As<Napi::Number>().Uint32Value();
    map->heightPx = given.Get("heightPx").As<Napi::Number>().Uint32Value();
    map->rotationRad = floatAt(given, "rotationRad");
    const auto pixels = given.Get("pixels").As<Floats>();
    map->pixels.assign(pixels.Data(), pixels.Data() + pixels.ElementLength());
    return map;
  }

  std::vector<EmissiveTriangle> trianglesOf(const Napi::Object& object) {
    std::vector<EmissiveTriangle> triangles;
    if (!object.Has("triangles")) return triangles;
    const auto corners = object.Get("triangles").As<Floats>();
    const auto given = object.Get("emissions").As<Floats>();
    emissions.assign(given.Data(), given.Data() + given.ElementLength());
    stripeCount = object.Has("stripeCount") ? object.Get("stripeCount").As<Napi::Number>().Uint32Value() : 0;
    const bool isDoubleSided = object.Get("isDoubleSided").ToBoolean();
    for (size_t i = 0; i < corners.ElementLength() / 9; ++i) {
      const float* c = corners.Data() + 9 * i;
      triangles.push_back({{c[0], c[1], c[2]}, {c[3], c[4], c[5]}, {c[6], c[7], c[8]}, static_cast<uint32_t>(i % 3),
                           static_cast<uint32_t>(i / 3), isDoubleSided});
    }
    return triangles;
  }
};

class LightsObject : public Napi::ObjectWrap<LightsObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Lights",
                       {InstanceMethod("count", &LightsObject::count), InstanceMethod("sample", &LightsObject::sample),
                        InstanceMethod("escaped", &LightsObject::escaped),
                        InstanceMethod("background", &LightsObject::background),
                        InstanceMethod("triangleDensity", &LightsObject::triangleDensity)});
  }
  explicit LightsObject(const Napi::CallbackInfo& info)
      : ObjectWrap(info), lights_(std::make_unique<Lights>(info[0].As<Napi::Object>())) {}

 private:
  static Vec3 positionOf(const Napi::Value& value) {
    const auto list = value.As<Napi::Array>();
    const auto at = [&](uint32_t i) { return list.Get(i).As<Napi::Number>().FloatValue(); };
    return {at(0), at(1), at(2)};
  }

  Napi::Value count(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), lights_->set->count()); }

  // sample(position, u): for each (uChoice, u, v) direction, distance, radiance, density, 0: nothing 1: light 2: delta.
  Napi::Value sample(const Napi::CallbackInfo& info) {
    const Vec3 position = positionOf(info[0]);
    const auto u = info[1].As<Floats>();
    std::vector<float> results;
    results.reserve(u.ElementLength() * 3);
    for (size_t i = 0; i + 2 < u.ElementLength(); i += 3) {
      LightSample s{};
      const bool arrives = lights_->set->sample(position, u[i], {u[i + 1], u[i + 2]}, s);
      if (!arrives) s = {};
      results.insert(results.end(),
                     {s.direction.x, s.direction.y, s.direction.z, s.distance, s.radiance.x, s.radiance.y,
                      s.radiance.z, s.density, arrives ? (s.isDelta ? 2.0f : 1.0f) : 0.0f});
    }
    return put(info.Env(), results);
  }

  // escaped(position, directions, bsdfDensity, countFully, strategy): rgb for each direction.
  Napi::Value escaped(const Napi::CallbackInfo& info) {
    const Vec3 position = positionOf(info[0]);
    const float bsdfDensity = info[2].As<Napi::Number>().FloatValue();
    const bool countFully = info[3].ToBoolean();
    const std::string name = info[4].As<Napi::String>();
    const SamplingStrategy strategy = name == "light"  ? SamplingStrategy::Light
                                      : name == "bsdf" ? SamplingStrategy::Bsdf
                                                       : SamplingStrategy::Mis;
    return eachDirection(info.Env(), info[1].As<Floats>(), [&](Vec3 direction) {
      return lights_->set->escaped(position, direction, bsdfDensity, countFully, strategy);
    });
  }

  Napi::Value background(const Napi::CallbackInfo& info) {
    return eachDirection(info.Env(), info[0].As<Floats>(),
                         [&](Vec3 direction) { return lights_->set->background(direction); });
  }

  template <class Function>
  static Napi::Value eachDirection(Napi::Env env, const Floats& d, Function radianceOf) {
    std::vector<float> results;
    results.reserve(d.ElementLength());
    for (size_t i = 0; i + 2 < d.ElementLength(); i += 3) {
      const Vec3 radiance = radianceOf(Vec3{d[i], d[i + 1], d[i + 2]});
      results.insert(results.end(), {radiance.x, radiance.y, radiance.z});
    }
    return put(env, results);
  }

  // triangleDensity(position, instanceIndex, primitiveIndex, distance, cosAtLight).
  Napi::Value triangleDensity(const Napi::CallbackInfo& info) {
    const auto number = [&](size_t i) { return info[i].As<Napi::Number>(); };
    return Napi::Number::New(info.Env(),
                             lights_->set->triangleDensity(positionOf(info[0]), number(1).Uint32Value(),
                                                           number(2).Uint32Value(), number(3).FloatValue(),
                                                           number(4).FloatValue()));
  }

  std::unique_ptr<Lights> lights_;
};

}  // namespace
}  // namespace arras

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("Lights", arras::LightsObject::define(env));
  return exports;
}
NODE_API_MODULE(lights_test, Init)
