// Interim, until ../lights.cc exists: one light by equal chance, the environment by its luminance, emissive triangles by
// area. Right in the mean; many emissive triangles of unequal power are noisy.
#include "lights.h"

#include <unordered_map>

#include "exact_math.h"

namespace arras {
namespace {

uint64_t keyOf(uint32_t instanceIndex, uint32_t primitiveIndex) {
  return uint64_t{instanceIndex} << 32 | primitiveIndex;
}
Vec3 crossOf(const EmissiveTriangle& t) { return cross(t.b - t.a, t.c - t.a); }

// Piecewise constant; `u` comes back as the place within the chosen piece.
size_t choose(const float* cumulative, size_t count, float& u) {
  const float target = u * cumulative[count];
  const size_t i = std::min<size_t>(std::upper_bound(cumulative + 1, cumulative + count, target) - cumulative - 1, count - 1);
  const float width = cumulative[i + 1] - cumulative[i];
  u = width > 0 ? std::min(std::max((target - cumulative[i]) / width, 0.0f), 0.99999994f) : 0.5f;
  return i;
}

}  // namespace

struct LightSet::Lights {
  std::unique_ptr<EnvironmentMap> map;
  std::vector<float> rows, columns;  // cumulative
  std::vector<PointLight> points;
  std::vector<SpotLight> spots;
  std::vector<DirectionalLight> suns;
  std::vector<EmissiveTriangle> triangles;
  std::vector<float> areas;  // cumulative
  std::unordered_map<uint64_t, bool> isLight;
  const EmissionSource* emission;
  uint32_t count = 0;

  void prepareMap() {
    const uint32_t w = map->widthPx, h = map->heightPx;
    rows.assign(1, 0);
    for (uint32_t y = 0; y < h; ++y) {
      const float sine = exactSin(kPi * (static_cast<float>(y) + 0.5f) / static_cast<float>(h));
      columns.push_back(0);
      for (uint32_t x = 0; x < w; ++x) columns.push_back(columns.back() + luminance(texel(x, y)) * sine);
      rows.push_back(rows.back() + columns.back());
    }
    if (!(rows.back() > 0)) map.reset();
  }
  Vec3 texel(uint32_t x, uint32_t y) const {
    const float* rgb = &map->pixels[3 * (size_t{y} * map->widthPx + x)];
    return {rgb[0], rgb[1], rgb[2]};
  }
  void texelAt(Vec3 direction, uint32_t& x, uint32_t& y) const {
    float u = 0.5f - (exactAtan2(direction.x, direction.z) - map->rotationRad) / (2 * kPi);
    u -= std::floor(u);
    const float v = exactAcos(std::min(std::max(direction.y, -1.0f), 1.0f)) / kPi;
    x = std::min(static_cast<uint32_t>(u * static_cast<float>(map->widthPx)), map->widthPx - 1);
    y = std::min(static_cast<uint32_t>(v * static_cast<float>(map->heightPx)), map->heightPx - 1);
  }
  float mapDensity(uint32_t x, uint32_t y, float sine) const {
    const size_t at = size_t{y} * (map->widthPx + 1) + x;
    const float share = (columns[at + 1] - columns[at]) / rows.back();
    const float cells = static_cast<float>(map->widthPx) * static_cast<float>(map->heightPx);
    return sine > 0 ? share * cells / (2 * kPi * kPi * sine) / static_cast<float>(count) : 0;
  }
};

namespace {

template <class Lights>
bool sampleMap(const Lights& lights, Vec2 u, LightSample& sample) {
  const uint32_t w = lights.map->widthPx, h = lights.map->heightPx;
  const size_t y = choose(lights.rows.data(), h, u.y);
  const size_t x = choose(&lights.columns[y * (w + 1)], w, u.x);
  const float theta = kPi * (static_cast<float>(y) + u.y) / static_cast<float>(h);
  const float phi = 2 * kPi * (0.5f - (static_cast<float>(x) + u.x) / static_cast<float>(w)) + lights.map->rotationRad;
  float sinTheta, cosTheta, sinPhi, cosPhi;
  exactSinCos(theta, sinTheta, cosTheta);
  exactSinCos(phi, sinPhi, cosPhi);
  const auto px = static_cast<uint32_t>(x), py = static_cast<uint32_t>(y);
  sample = {{sinTheta * sinPhi, cosTheta, sinTheta * cosPhi}, exact::kInfinity, lights.texel(px, py),
            lights.mapDensity(px, py, sinTheta), false};
  return sample.density > 0;
}

template <class Lights>
bool sampleTriangle(const Lights& lights, Vec3 position, float uChoice, Vec2 u, LightSample& sample) {
  const EmissiveTriangle& t = lights.triangles[choose(lights.areas.data(), lights.triangles.size(), uChoice)];
  const float root = std::sqrt(u.x), b = root * (1 - u.y), c = root * u.y;
  const Vec3 towards = t.a * (1 - b - c) + t.b * b + t.c * c - position;
  const float distance = length(towards);
  if (!(distance > 0)) return false;
  const Vec3 direction = towards / distance;
  const float cosine = -dot(normalize(crossOf(t)), direction);
  if (cosine == 0 || (cosine < 0 && !t.doubleSided)) return false;
  const float density = distance * distance / (std::fabs(cosine) * lights.areas.back());
  sample = {direction, distance, lights.emission->emission(t, b, c), density / static_cast<float>(lights.count), false};
  return true;
}

// 1 − cos of the sun's radius, without cancellation.
float gapOf(const DirectionalLight& sun) {
  const float sine = exactSin(sun.angularRadiusRad / 2);
  return 2 * sine * sine;
}
// So that a surface that faces the sun receives its irradiance: the projected solid angle is π sin².
float sunRadiance(const DirectionalLight& sun) {
  const float sine = exactSin(sun.angularRadiusRad);
  return 1 / (kPi * sine * sine);
}

bool sampleSun(const DirectionalLight& sun, Vec2 u, float density, LightSample& sample) {
  if (sun.angularRadiusRad == 0) {
    sample = {-sun.direction, exact::kInfinity, sun.irradiance, density, true};
    return true;
  }
  const float gap = gapOf(sun) * u.x, radius = std::sqrt(std::max(gap * (2 - gap), 0.0f));
  float s, c;
  exactSinCos(2 * kPi * u.y, s, c);
  const Vec3 direction = Frame::fromNormal(-sun.direction).toWorld({radius * c, radius * s, 1 - gap});
  sample = {direction, exact::kInfinity, sun.irradiance * sunRadiance(sun), density / (2 * kPi * gapOf(sun)), false};
  return true;
}

bool sampleFrom(Vec3 place, Vec3 position, Vec3 intensity, float density, LightSample& sample) {
  const Vec3 towards = place - position;
  const float distance = length(towards);
  if (!(distance > 0)) return false;
  sample = {towards / distance, distance, intensity / (distance * distance), density, true};
  return true;
}

}  // namespace

LightSet::LightSet(std::unique_ptr<EnvironmentMap> environment, std::vector<PointLight> points,
                   std::vector<SpotLight> spots, std::vector<DirectionalLight> directionals,
                   std::vector<EmissiveTriangle> triangles, const EmissionSource& emission)
    : lights_(std::make_unique<Lights>()) {
  Lights& lights = *lights_;
  lights.map = std::move(environment);
  lights.points = std::move(points), lights.spots = std::move(spots), lights.suns = std::move(directionals);
  lights.emission = &emission;
  lights.areas.push_back(0);
  for (const EmissiveTriangle& triangle : triangles) {
    const float area = length(crossOf(triangle)) / 2;
    if (!(area > 0) || !std::isfinite(area)) continue;
    lights.areas.push_back(lights.areas.back() + area);
    lights.triangles.push_back(triangle);
    lights.isLight[keyOf(triangle.instanceIndex, triangle.primitiveIndex)] = true;
  }
  if (lights.map) lights.prepareMap();
  lights.count = static_cast<uint32_t>((lights.map ? 1 : 0) + (lights.triangles.empty() ? 0 : 1) +
                                       lights.points.size() + lights.spots.size() + lights.suns.size());
}

LightSet::~LightSet() = default;
bool LightSet::isEmpty() const { return lights_->count == 0; }
uint32_t LightSet::count() const { return lights_->count; }

bool LightSet::sample(Vec3 position, float uChoice, Vec2 u, LightSample& sample) const {
  const Lights& lights = *lights_;
  if (lights.count == 0) return false;
  const float scaled = uChoice * static_cast<float>(lights.count);
  size_t i = std::min(static_cast<uint32_t>(scaled), lights.count - 1);
  const float remaining = scaled - static_cast<float>(i), density = 1 / static_cast<float>(lights.count);
  if (lights.map && i-- == 0) return sampleMap(lights, u, sample);
  if (!lights.triangles.empty() && i-- == 0) return sampleTriangle(lights, position, remaining, u, sample);
  if (i < lights.points.size()) {
    return sampleFrom(lights.points[i].position, position, lights.points[i].intensity, density, sample);
  }
  i -= lights.points.size();
  if (i < lights.spots.size()) {
    const SpotLight& spot = lights.spots[i];
    if (!sampleFrom(spot.position, position, spot.intensity, density, sample)) return false;
    const float outer = exactCos(spot.outerConeRad), inner = exactCos(spot.innerConeRad);
    const float t = (-dot(sample.direction, spot.direction) - outer) / std::max(inner - outer, 1e-4f);
    const float share = std::min(std::max(t, 0.0f), 1.0f);
    sample.radiance *= share * share;
    return share > 0;
  }
  i -= lights.spots.size();
  return sampleSun(lights.suns[i], u, density, sample);
}

Vec3 LightSet::escaped(Vec3 direction, float bsdfDensity, bool countFully, SamplingStrategy strategy) const {
  const Lights& lights = *lights_;
  const auto weighted = [&](Vec3 radiance, float density) {
    if (countFully || strategy == SamplingStrategy::Bsdf) return radiance;
    return strategy == SamplingStrategy::Light ? Vec3{} : radiance * (bsdfDensity / (bsdfDensity + density));
  };
  Vec3 sum;
  if (lights.map) {
    uint32_t x, y;
    lights.texelAt(direction, x, y);
    const float sine = std::sqrt(std::max(1 - direction.y * direction.y, 0.0f));
    sum += weighted(lights.texel(x, y), lights.mapDensity(x, y, sine));
  }
  for (const DirectionalLight& sun : lights.suns) {
    if (sun.angularRadiusRad == 0) continue;
    const float gap = gapOf(sun);
    if (length(cross(sun.direction, direction)) > exactSin(sun.angularRadiusRad)) continue;
    if (dot(sun.direction, direction) >= 0) continue;
    const float density = 1 / (2 * kPi * gap);
    sum += weighted(sun.irradiance * sunRadiance(sun), density / static_cast<float>(lights.count));
  }
  return sum;
}

float LightSet::triangleDensity(uint32_t instanceIndex, uint32_t primitiveIndex, float distance,
                                float cosAtLight) const {
  const Lights& lights = *lights_;
  if (lights.isLight.find(keyOf(instanceIndex, primitiveIndex)) == lights.isLight.end() || !(cosAtLight > 0)) return 0;
  return distance * distance / (cosAtLight * lights.areas.back()) / static_cast<float>(lights.count);
}

Vec3 LightSet::background(Vec3 direction) const { return escaped(direction, 0, true, SamplingStrategy::Mis); }

}  // namespace arras
