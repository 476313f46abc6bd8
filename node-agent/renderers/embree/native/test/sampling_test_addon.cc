// sampling_test.node: the path tracer's sampler, reconstruction filter and camera for the tests. Numbers in, arrays of
// numbers out; nothing in production loads it.
#include <napi.h>

#include <string>
#include <vector>

#include "../camera.h"
#include "../filter.h"
#include "../sampler.h"

namespace arras {
namespace {

using Floats = Napi::Float32Array;

Floats put(const Napi::Env& env, const std::vector<float>& values) {
  auto array = Floats::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

// drawNumbers(seed, x, y, sampleBegin, sampleEnd, calls): for each sample all numbers of the calls, a string of "1"
// (next1D) and "2" (next2D).
Napi::Value drawNumbers(const Napi::CallbackInfo& info) {
  const auto at = [&](size_t i) { return info[i].As<Napi::Number>().Uint32Value(); };
  const std::string calls = info[5].As<Napi::String>();
  std::vector<float> results;
  for (uint32_t sampleIndex = at(3); sampleIndex < at(4); ++sampleIndex) {
    Sampler sampler(at(0), at(1), at(2), sampleIndex);
    for (const char call : calls) {
      if (call == '1') {
        results.push_back(sampler.next1D());
      } else {
        const Vec2 pair = sampler.next2D();
        results.insert(results.end(), {pair.x, pair.y});
      }
    }
  }
  return put(info.Env(), results);
}

// filterOffsets(kind, radiusPx, u): a pair of offsets for each pair of numbers.
Napi::Value filterOffsets(const Napi::CallbackInfo& info) {
  const std::string name = info[0].As<Napi::String>();
  const FilterKind kind = name == "box"        ? FilterKind::Box
                          : name == "gaussian" ? FilterKind::Gaussian
                                               : FilterKind::BlackmanHarris;
  const ReconstructionFilter filter(kind, info[1].As<Napi::Number>().FloatValue());
  const auto u = info[2].As<Floats>();
  std::vector<float> results;
  for (size_t i = 0; i + 1 < u.ElementLength(); i += 2) {
    const Vec2 offset = filter.sample({u[i], u[i + 1]});
    results.insert(results.end(), {offset.x, offset.y});
  }
  return put(info.Env(), results);
}

// cameraRays(camera, places): origin and direction for each (filmX, filmY, uLens, vLens).
Napi::Value cameraRays(const Napi::CallbackInfo& info) {
  const auto object = info[0].As<Napi::Object>();
  const auto at = [&](const char* key) { return object.Get(key).As<Napi::Number>().FloatValue(); };
  Matrix4 cameraToWorld;
  const auto matrix = object.Get("cameraToWorld").As<Napi::Array>();
  for (uint32_t i = 0; i < 16; ++i) cameraToWorld.m[i] = matrix.Get(i).As<Napi::Number>().FloatValue();
  const CameraModel camera(cameraToWorld, object.Get("isOrthographic").ToBoolean(), at("verticalFovRad"),
                           at("halfHeight"), at("lensRadius"), at("focusDistance"),
                           static_cast<uint32_t>(at("widthPx")), static_cast<uint32_t>(at("heightPx")));
  const auto places = info[1].As<Floats>();
  std::vector<float> results;
  for (size_t i = 0; i + 3 < places.ElementLength(); i += 4) {
    const Ray ray = camera.generate(places[i], places[i + 1], {places[i + 2], places[i + 3]});
    results.insert(results.end(), {ray.origin.x, ray.origin.y, ray.origin.z, ray.direction.x, ray.direction.y,
                                   ray.direction.z});
  }
  return put(info.Env(), results);
}

// diskPoints(u): a point of the unit disk for each pair of numbers.
Napi::Value diskPoints(const Napi::CallbackInfo& info) {
  const auto u = info[0].As<Floats>();
  std::vector<float> results;
  for (size_t i = 0; i + 1 < u.ElementLength(); i += 2) {
    const Vec2 point = concentricDisk({u[i], u[i + 1]});
    results.insert(results.end(), {point.x, point.y});
  }
  return put(info.Env(), results);
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("drawNumbers", Napi::Function::New(env, drawNumbers));
  exports.Set("filterOffsets", Napi::Function::New(env, filterOffsets));
  exports.Set("cameraRays", Napi::Function::New(env, cameraRays));
  exports.Set("diskPoints", Napi::Function::New(env, diskPoints));
  return exports;
}

}  // namespace
}  // namespace arras

Napi::Object Init(Napi::Env env, Napi::Object exports) { return arras::initialise(env, exports); }
NODE_API_MODULE(sampling_test, Init)
