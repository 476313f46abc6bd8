#include "integrator.h"

namespace arras {
namespace {

// A shadow ray ends just before the light, which would otherwise shadow itself.
constexpr float kShadowRayShare = 0.9999f;

// Survival above this would let paths between white surfaces run to the depth limit.
constexpr float kSurvivalMax = 0.95f;

Vec3 sideOf(Vec3 normal, Vec3 direction) { return dot(normal, direction) < 0 ? -normal : normal; }

// A shading normal that looks away from a viewer who does see the front would reflect into the surface: it is bent
// until it just faces the viewer.
Vec3 facing(Vec3 normal, Vec3 outgoing) {
  constexpr float kCosMin = 1e-3f;
  const float cosine = dot(normal, outgoing);
  return cosine >= kCosMin ? normal : normalize(normal + outgoing * (kCosMin - cosine));
}

Frame frameOf(Vec3 normal, Vec3 geometricNormal, bool isFront, Vec3 outgoing) {
  const Vec3 turned = isFront ? normal : -normal;
  return Frame::fromNormal(facing(sideOf(turned, geometricNormal), outgoing));
}

}  // namespace

struct Integrator::Path {
  Path(const Sampler& pathSampler, PathLog* pathLog) : sampler(pathSampler), log(pathLog) {}

  Sampler sampler;
  PathLog* log;
  Vec3 origin, direction;    // the ray that is about to be traced
  Vec3 scatteredAt;          // where it left a surface, not offset
  Vec3 throughput{1, 1, 1};
  Vec3 radiance;
  float density = 0;         // of direction, per solid angle
  bool countFully = true;    // light that the ray meets could not have been sampled from its origin
  uint32_t depth = 0;        // scattering events so far
  bool hasAlbedo = false;
  SampleValues values;
};

Integrator::Integrator(const SceneGeometry& scene, const MaterialSet& materials, const LightSet& lights,
                       const CameraModel& camera, const ReconstructionFilter& filter,
                       const IntegratorSettings& settings)
    : scene_(scene), materials_(materials), lights_(lights), camera_(camera), filter_(filter), settings_(settings),
      hasLights_(!lights.isEmpty()) {}

SampleValues Integrator::sample(int32_t x, int32_t y, uint32_t sampleIndex, PathLog* log) const {
  Path path(Sampler(settings_.seed, static_cast<uint32_t>(x), static_cast<uint32_t>(y), sampleIndex), log);
  const Vec2 offset = filter_.sample(path.sampler.next2D());
  const float filmX = static_cast<float>(x) + 0.5f + offset.x, filmY = static_cast<float>(y) + 0.5f + offset.y;
  const Ray ray = camera_.generate(filmX, filmY, path.sampler.next2D());
  path.origin = path.scatteredAt = ray.origin;
  path.direction = ray.direction;
  if (log) logCamera(*log, filmX, filmY, ray.origin, ray.direction);

  SurfacePoint point;
  while (true) {
    if (!scene_.intersect(path.origin, path.direction, path.depth == 0, path.sampler, point)) {
      const Vec3 light = path.depth == 0 ? lights_.background(path.direction)
                                         : lights_.escaped(path.scatteredAt, path.direction, path.density,
                                                           path.countFully, settings_.strategy);
      path.radiance += path.throughput * light;
      if (log) logEscape(*log, path.direction, light, path.throughput);
      break;
    }
    if (path.depth == 0) meet(point, path);
    const Vec3 light = emitted(point, path);
    path.radiance += path.throughput * light;
    if (log) logHit(*log, point, light, path.throughput);
    if (materials_.at(point.materialIndex).unlit) {
      if (!path.hasAlbedo) path.values.albedo = light;
      break;
    }
    const SurfaceFrames frames = framesAt(point, -path.direction);
    if (path.depth == 0) path.values.normal = frames.shading.normal;
    const Surface surface(materials_.parameters(point.materialIndex, point.lookup), frames, -path.direction);
    if (!path.hasAlbedo && !surface.isDeltaOnly()) {
      path.values.albedo = surface.albedo();
      path.hasAlbedo = true;
    }
    if (path.depth >= settings_.maxDepth) break;
    if (hasLights_ && !surface.isDeltaOnly()) path.radiance += directLight(point, frames, surface, path);
    if (!scatter(point, frames, surface, path)) break;
  }
  path.values.beauty = path.radiance;
  if (log) logEnd(*log, path.radiance);
  return path.values;
}

bool Integrator::look(int32_t x, int32_t y, SurfacePoint& point, SurfaceFrames& frames, float& depth) const {
  const Ray ray = camera_.generate(static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f, {0.5f, 0.5f});
  Sampler sampler(settings_.seed, static_cast<uint32_t>(x), static_cast<uint32_t>(y), 0);
  if (!scene_.intersect(ray.origin, ray.direction, true, sampler, point)) return false;
  frames = framesAt(point, -ray.direction);
  depth = dot(point.position - camera_.position(), camera_.axis());
  return true;
}

// What the first visible surface leaves in the outputs other than beauty.
void Integrator::meet(const SurfacePoint& point, Path& path) const {
  path.values.alpha = 1;
  path.values.depth = dot(point.position - camera_.position(), camera_.axis());
  path.values.position = point.position;
  path.values.id = static_cast<float>(point.objectId);
  path.values.normal = sideOf(point.space.normal, -path.direction);
}

Vec3 Integrator::emitted(const SurfacePoint& point, const Path& path) const {
  if (!materials_.isEmissive(point.materialIndex)) return {};
  // As the light set has it: a single-sided surface emits from its front only.
  const bool isFromBehind = dot(point.geometricNormal, path.direction) > 0;
  if (isFromBehind && !materials_.at(point.materialIndex).doubleSided) return {};
  const Vec3 radiance = materials_.emission(point.materialIndex, point.lookup);
  if (path.countFully || settings_.strategy == SamplingStrategy::Bsdf) return radiance;
  const float cosine = std::fabs(dot(point.geometricNormal, path.direction));
  const float density = lights_.triangleDensity(path.scatteredAt, point.instanceIndex, point.primitiveIndex,
                                                length(point.position - path.scatteredAt), cosine);
  if (density == 0) return radiance;
  if (settings_.strategy == SamplingStrategy::Light) return {};
  return radiance * (path.density / (path.density + density));
}

Vec3 Integrator::directLight(const SurfacePoint& point, const SurfaceFrames& frames, const Surface& surface,
                             Path& path) const {
  const float uChoice = path.sampler.next1D();
  const Vec2 u = path.sampler.next2D();
  LightSample light;
  if (!lights_.sample(point.position, uChoice, u, light)) return {};
  if (settings_.strategy == SamplingStrategy::Bsdf && !light.isDelta) return {};
  float bsdfDensity = 0;
  const Vec3 scattered = surface.evaluate(light.direction, bsdfDensity);
  if (isBlack(scattered) || !(light.density > 0)) return {};
  float weight = 1;
  if (settings_.strategy == SamplingStrategy::Mis && !light.isDelta) {
    weight = light.density / (light.density + bsdfDensity);
  }
  const Vec3 unshadowed = scattered * light.radiance * (weight / light.density);
  if (isBlack(unshadowed)) return {};
  const Vec3 origin = offsetOrigin(point.position, sideOf(frames.geometricNormal, light.direction));
  // Aimed anew from the offset origin: a ray shifted as a whole would meet a grazing light earlier than at its end.
  Vec3 towards = light.direction;
  float distance = light.distance;
  if (std::isfinite(distance)) {
    towards = point.position + light.direction * distance - origin;
    distance = length(towards);
    towards = towards / distance;
  }
  const float reached = scene_.transmittance(origin, towards, distance * kShadowRayShare);
  const Vec3 contribution = path.throughput * unshadowed * reached;
  if (path.log) logLight(*path.log, light, reached, contribution);
  return contribution;
}

bool Integrator::scatter(const SurfacePoint& point, const SurfaceFrames& frames, const Surface& surface,
                         Path& path) const {
  const float uLobe = path.sampler.next1D();
  SurfaceSample sample;
  if (!surface.sample(uLobe, path.sampler.next2D(), sample)) {
    if (path.log) path.log->push_back("  absorbed");
    return false;
  }
  path.throughput *= sample.weight;
  if (isBlack(path.throughput)) return false;
  ++path.depth;
  if (path.depth > settings_.rouletteDepth) {
    const float survival = std::min(kSurvivalMax, maxComponent(path.throughput));
    // Written so that a throughput that is not a number goes on to be counted, instead of vanishing here.
    if (path.sampler.next1D() >= survival) {
      if (path.log) logRoulette(*path.log, survival);
      return false;
    }
    path.throughput = path.throughput / survival;
  }
  path.origin = offsetOrigin(point.position, sideOf(frames.geometricNormal, sample.direction));
  path.scatteredAt = point.position;
  path.direction = sample.direction;
  path.density = sample.density;
  path.countFully = sample.isDelta;
  if (path.log) logScatter(*path.log, surface.lobeName(uLobe), sample, path.throughput);
  return true;
}

SurfaceFrames Integrator::framesAt(const SurfacePoint& point, Vec3 outgoing) const {
  const bool isFront = dot(point.geometricNormal, outgoing) >= 0;
  const Vec3 geometric = isFront ? point.geometricNormal : -point.geometricNormal;
  const Vec3 shading = materials_.shadingNormal(point.materialIndex, point.lookup, point.space);
  SurfaceFrames frames;
  frames.geometricNormal = geometric;
  frames.shading = frameOf(shading, geometric, isFront, outgoing);
  frames.clearcoat = frames.shading;
  frames.isMapped = !isSame(shading, point.space.normal);
  if (materials_.at(point.materialIndex).clearcoat > 0) {
    const Vec3 coat = materials_.clearcoatNormal(point.materialIndex, point.lookup, point.space);
    frames.clearcoat = frameOf(coat, geometric, isFront, outgoing);
    frames.isMapped = frames.isMapped || !isSame(coat, point.space.normal);
  }
  if (frames.isMapped) frames.smoothNormal = sideOf(isFront ? point.space.normal : -point.space.normal, geometric);
  return frames;
}

}  // namespace arras
