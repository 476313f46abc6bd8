#include "pick.h"

#include <map>

#include "local_lights.h"
#include "sun_light.h"

namespace arras {
namespace {

// A point that light comes to, on the side that is seen.
class Receiver {
 public:
  Receiver(const SceneGeometry& scene, Vec3 position, Vec3 geometricNormal, Vec3 normal, int32_t x, int32_t y)
      : scene_(scene), position_(position), geometricNormal_(geometricNormal), normal_(normal), x_(x), y_(y) {}

  // The mean of `rayCount` samples; `sample` gives one for a position, a number and a point of the unit square.
  template <class Sample>
  Vec3 irradiance(uint32_t rayCount, Sample sample) const {
    Vec3 sum;
    for (uint32_t i = 0; i < rayCount; ++i) {
      Sampler sampler(0, static_cast<uint32_t>(x_), static_cast<uint32_t>(y_), i);
      const float choice = sampler.next1D();
      const Vec2 u = sampler.next2D();
      LightSample light;
      if (sample(position_, choice, u, light) && light.density > 0) sum += received(light);
    }
    return sum / static_cast<float>(rayCount);
  }

 private:
  Vec3 received(const LightSample& light) const {
    const float cosine = dot(normal_, light.direction);
    if (!(cosine > 0) || !(dot(geometricNormal_, light.direction) > 0)) return {};
    const Vec3 origin = offsetOrigin(position_, geometricNormal_);
    Vec3 towards = light.direction;
    float distance = light.distance;
    if (std::isfinite(distance)) {
      towards = position_ + light.direction * distance - origin;
      distance = length(towards);
      towards = towards / distance;
    }
    return light.radiance * (cosine / light.density * scene_.transmittance(origin, towards, distance * 0.9999f));
  }

  const SceneGeometry& scene_;
  Vec3 position_, geometricNormal_, normal_;
  int32_t x_, y_;
};

bool sampleSun(const SunLight& sun, Vec2 u, LightSample& sample) {
  const float density = sun.isDelta() ? 1 : sun.density();
  sample = {sun.sample(u), std::numeric_limits<float>::infinity(), sun.radiance(), density, sun.isDelta()};
  return true;
}

Vec3 fromLocal(const Receiver& receiver, const LocalLights& local, uint32_t rayCount) {
  return receiver.irradiance(rayCount, [&local](Vec3 position, float choice, Vec2 u, LightSample& sample) {
    return local.sample(position, static_cast<double>(choice), u, sample);
  });
}

}  // namespace

Picked pick(const Integrator& integrator, const SceneGeometry& scene, const LightSet& lights,
            const PunctualLights& punctual, int32_t x, int32_t y, uint32_t rayCount) {
  Picked picked;
  SurfacePoint point;
  SurfaceFrames frames;
  if (!integrator.look(x, y, point, frames, picked.depth)) return picked;
  picked.isHit = true;
  picked.objectId = point.objectId, picked.materialIndex = point.materialIndex;
  picked.position = point.position, picked.normal = frames.shading.normal;
  const Receiver receiver(scene, point.position, frames.geometricNormal, frames.shading.normal, x, y);
  const auto add = [&picked](PickedLight::Kind kind, size_t index, Vec3 irradiance) {
    if (!isBlack(irradiance)) picked.lights.push_back({kind, static_cast<uint32_t>(index), irradiance});
  };
  add(PickedLight::Kind::Environment, 0,
      receiver.irradiance(rayCount, [&lights](Vec3, float, Vec2 u, LightSample& sample) {
        return lights.sampleEnvironment(u, sample);
      }));
  for (size_t i = 0; i < punctual.points.size(); ++i) {
    add(PickedLight::Kind::Point, i, fromLocal(receiver, LocalLights({punctual.points[i]}, {}, {}, scene), 1));
  }
  for (size_t i = 0; i < punctual.spots.size(); ++i) {
    add(PickedLight::Kind::Spot, i, fromLocal(receiver, LocalLights({}, {punctual.spots[i]}, {}, scene), 1));
  }
  for (size_t i = 0; i < punctual.directionals.size(); ++i) {
    if (isBlack(punctual.directionals[i].irradiance)) continue;
    const SunLight sun(punctual.directionals[i]);
    add(PickedLight::Kind::Directional, i,
        receiver.irradiance(sun.isDelta() ? 1 : rayCount,
                            [&sun](Vec3, float, Vec2 u, LightSample& sample) { return sampleSun(sun, u, sample); }));
  }
  std::map<uint32_t, std::vector<EmissiveTriangle>> emitters;
  for (const EmissiveTriangle& triangle : scene.emissiveTriangles()) {
    emitters[scene.materialOf(triangle.instanceIndex)].push_back(triangle);
  }
  for (auto& [material, triangles] : emitters) {
    add(PickedLight::Kind::Emitter, material,
        fromLocal(receiver, LocalLights({}, {}, std::move(triangles), scene), rayCount));
  }
  return picked;
}

}  // namespace arras
