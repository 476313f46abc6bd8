#include "lights.h"

#include <limits>

#include "distribution.h"
#include "environment_light.h"
#include "exact_math.h"
#include "local_lights.h"
#include "sun_light.h"

namespace arras {
namespace {

// What arrives if nothing is in between says little where much is in between: this share is dealt out evenly.
constexpr float kEvenShare = 0.2f;

bool gives(float amount) { return amount > 0 && amount <= std::numeric_limits<float>::max(); }

}  // namespace

struct LightSet::Lights {
  // Probabilities of the three kinds at a position; their sum is 1.
  struct Shares {
    float environment, suns, local;
  };

  Lights(std::unique_ptr<EnvironmentMap> map, const EmissionSource& emission) : emission(emission) {
    if (map) heldEnvironment = std::make_unique<EnvironmentLight>(std::move(map));
  }

  void setSuns(const std::vector<DirectionalLight>& directionals) {
    suns.clear();
    sunFluence = 0;
    for (const DirectionalLight& light : directionals) {
      if (!gives(luminance(light.irradiance)) || !gives(length(light.direction))) continue;
      suns.emplace_back(light);
      sunFluence += suns.back().fluence();
    }
  }

  void count() {
    const bool isLit = heldEnvironment && gives(static_cast<float>(heldEnvironment->integral()));
    environment = isLit ? heldEnvironment.get() : nullptr;
    kindCount = (environment ? 1.0f : 0.0f) + (suns.empty() ? 0.0f : 1.0f) + (local->count() == 0 ? 0.0f : 1.0f);
  }

  Shares sharesAt(Vec3 position) const {
    const float fromEnvironment = environment ? static_cast<float>(environment->integral()) : 0;
    const float fromLocal = local->count() == 0 || kindCount == 1 ? 0 : local->importance(position);
    const float sum = fromEnvironment + sunFluence + fromLocal;
    const float even = (gives(sum) ? kEvenShare : 1) / kindCount, scale = gives(sum) ? (1 - kEvenShare) / sum : 0;
    if (kindCount == 1) return {environment ? 1.0f : 0, suns.empty() ? 0 : 1.0f, local->count() == 0 ? 0 : 1.0f};
    return {environment ? even + fromEnvironment * scale : 0, suns.empty() ? 0 : even + sunFluence * scale,
            local->count() == 0 ? 0 : even + fromLocal * scale};
  }
  float shareOf(const SunLight& sun) const { return sun.fluence() / sunFluence; }

  bool sampleSun(float u, Vec2 uDisk, LightSample& sample) const {
    size_t i = 0;
    for (float rest = u * sunFluence; i + 1 < suns.size() && rest >= suns[i].fluence(); ++i) rest -= suns[i].fluence();
    const SunLight& sun = suns[i];
    sample = {sun.sample(uDisk), exact::kInfinity, sun.radiance(), sun.isDelta() ? 1 : sun.density(), sun.isDelta()};
    sample.density *= shareOf(sun);
    return true;
  }

  const EmissionSource& emission;
  std::unique_ptr<EnvironmentLight> heldEnvironment;
  const EnvironmentLight* environment = nullptr;  // unless it gives nothing
  std::vector<SunLight> suns;
  std::unique_ptr<const LocalLights> local;
  float sunFluence = 0, kindCount = 0;
};

LightSet::LightSet(std::unique_ptr<EnvironmentMap> environment, std::vector<PointLight> points,
                   std::vector<SpotLight> spots, std::vector<DirectionalLight> directionals,
                   std::vector<EmissiveTriangle> triangles, const EmissionSource& emission)
    : lights_(std::make_unique<Lights>(std::move(environment), emission)) {
  lights_->setSuns(directionals);
  editLocal(points, spots, std::move(triangles));
}
LightSet::~LightSet() = default;

void LightSet::editEnvironment(float rotationRad, Vec3 tint) {
  if (lights_->heldEnvironment) lights_->heldEnvironment->edit(rotationRad, tint);
  lights_->count();
}

void LightSet::editSuns(const std::vector<DirectionalLight>& directionals) {
  lights_->setSuns(directionals);
  lights_->count();
}

void LightSet::editLocal(const std::vector<PointLight>& points, const std::vector<SpotLight>& spots,
                         std::vector<EmissiveTriangle> triangles) {
  lights_->local = std::make_unique<const LocalLights>(points, spots, std::move(triangles), lights_->emission);
  lights_->count();
}

bool LightSet::isEmpty() const { return lights_->kindCount == 0; }

uint32_t LightSet::count() const {
  return (lights_->environment ? 1 : 0) + static_cast<uint32_t>(lights_->suns.size()) + lights_->local->count();
}

uint64_t LightSet::sizeBytes() const {
  return (lights_->environment ? lights_->environment->sizeBytes() : 0) + lights_->local->sizeBytes();
}

bool LightSet::sample(Vec3 position, float uChoice, Vec2 u, LightSample& sample) const {
  if (isEmpty()) return false;
  const Lights::Shares shares = lights_->sharesAt(position);
  double rest = refined(uChoice, u.x, u.y);
  if (rest < shares.environment) {
    sample.distance = exact::kInfinity;
    sample.isDelta = false;
    const EnvironmentLight::Value value =
        lights_->environment->sample(refined(u.x, u.y, uChoice), refined(u.y, uChoice, u.x), sample.direction);
    sample.radiance = value.radiance;
    sample.density = value.density * shares.environment;
    return sample.density > 0 && !isBlack(sample.radiance);
  }
  rest -= shares.environment;
  if (rest < shares.suns || shares.local == 0) {
    if (shares.suns == 0) return false;
    const bool arrives = lights_->sampleSun(static_cast<float>(rest / shares.suns), u, sample);
    sample.density *= shares.suns;
    return arrives;
  }
  rest = (rest - shares.suns) / shares.local;
  const bool arrives = lights_->local->sample(position, std::min(rest, 1 - 1e-9), u, sample);
  sample.density *= shares.local;
  return arrives;
}

bool LightSet::sampleEnvironment(Vec2 u, LightSample& sample) const {
  if (!lights_->environment) return false;
  const EnvironmentLight::Value value =
      lights_->environment->sample(static_cast<double>(u.x), static_cast<double>(u.y), sample.direction);
  sample.distance = exact::kInfinity, sample.isDelta = false;
  sample.radiance = value.radiance, sample.density = value.density;
  return sample.density > 0;
}

Vec3 LightSet::escaped(Vec3 position, Vec3 direction, float bsdfDensity, bool countFully,
                       SamplingStrategy strategy) const {
  if (countFully || strategy == SamplingStrategy::Bsdf) return background(direction);
  // Every light here is one that sample() gives, too.
  if (strategy == SamplingStrategy::Light || isEmpty()) return {};
  const Lights::Shares shares = lights_->sharesAt(position);
  const auto weighted = [bsdfDensity](Vec3 radiance, float density) {
    return bsdfDensity > 0 ? radiance * (bsdfDensity / (bsdfDensity + density)) : Vec3{};
  };
  Vec3 sum;
  if (lights_->environment) {
    const EnvironmentLight::Value value = lights_->environment->at(direction);
    sum += weighted(value.radiance, shares.environment * value.density);
  }
  for (const SunLight& sun : lights_->suns) {
    if (sun.isHit(direction)) {
      sum += weighted(sun.radiance(), shares.suns * lights_->shareOf(sun) * sun.density());
    }
  }
  return sum;
}

float LightSet::triangleDensity(Vec3 position, uint32_t instanceIndex, uint32_t primitiveIndex, float distance,
                                float cosAtLight) const {
  if (lights_->local->count() == 0) return 0;
  const float density =
      lights_->local->triangleDensity(position, instanceIndex, primitiveIndex, distance, cosAtLight);
  return density == 0 ? 0 : density * lights_->sharesAt(position).local;
}

Vec3 LightSet::background(Vec3 direction) const {
  Vec3 sum;
  if (lights_->environment) sum += lights_->environment->radiance(direction);
  for (const SunLight& sun : lights_->suns) {
    if (sun.isHit(direction)) sum += sun.radiance();
  }
  return sum;
}

}  // namespace arras
