#include "local_lights.h"

#include <limits>

#include "exact_math.h"

namespace arras {
namespace {

constexpr uint32_t kNone = 0xffffffffu;

// A triangle that was black wherever its texture was tried may still emit; it counts as this share of the mean.
constexpr float kUntriedShare = 0.02f;

bool isUsable(float value) { return value > 0 && value <= std::numeric_limits<float>::max(); }

// Fine for few triangles, which may show whole pictures; a million triangles need not wait for more than four each.
uint32_t edgeDivisions(size_t triangleCount) { return triangleCount < 16384 ? 8 : (triangleCount < 262144 ? 4 : 2); }

// The mean over the middles of divisions² equal parts.
float meanLuminance(const EmissionSource& source, const EmissiveTriangle& triangle, uint32_t divisions) {
  double sum = 0;
  const float width = 1 / static_cast<float>(divisions);
  const auto add = [&](float u, float v) {
    const float value = luminance(source.emission(triangle, u * width, v * width));
    if (isUsable(value)) sum += static_cast<double>(value);
  };
  for (uint32_t row = 0; row < divisions; ++row) {
    for (uint32_t column = 0; column + row < divisions; ++column) {
      const float u = static_cast<float>(column), v = static_cast<float>(row);
      add(u + 1.0f / 3, v + 1.0f / 3);
      if (column + row + 1 < divisions) add(u + 2.0f / 3, v + 2.0f / 3);
    }
  }
  return static_cast<float>(sum / (divisions * divisions));
}

}  // namespace

LocalLights::LocalLights(const std::vector<PointLight>& points, const std::vector<SpotLight>& spots,
                         std::vector<EmissiveTriangle> triangles, const EmissionSource& emission)
    : emission_(emission), tree_({}) {
  const auto add = [this](const Point& point, LightShape shape, float cosCone) {
    const float power = luminance(point.intensity);
    if (!isUsable(power) || !isFinite(point.position)) return;
    points_.push_back(point);
    pointExtents_.push_back({point.position, point.position, shape, point.direction, cosCone, power});
  };
  for (const PointLight& light : points) {
    add({light.position, light.intensity, {0, 0, 1}, 0, 1}, LightShape::Point, -1);
  }
  for (const SpotLight& light : spots) add(pointOf(light), LightShape::Cone, exactCos(light.outerConeRad));
  for (const EmissiveTriangle& triangle : triangles) {
    const Vec3 twice = cross(triangle.b - triangle.a, triangle.c - triangle.a);
    const float doubleArea = length(twice);
    if (!isUsable(doubleArea) || !isUsable(0.5f * doubleArea)) continue;
    triangles_.push_back({triangle, twice / doubleArea, 0.5f * doubleArea});
  }
  tree_ = LightTree(extents());
  indexTriangles();
}

// KHR_lights_punctual, "Inner and Outer Cone Angles".
LocalLights::Point LocalLights::pointOf(const SpotLight& spot) {
  const float outer = exactCos(spot.outerConeRad), inner = exactCos(spot.innerConeRad);
  const float scale = 1 / std::max(0.001f, inner - outer);
  return {spot.position, spot.intensity, normalize(spot.direction), scale, -outer * scale};
}

std::vector<float> LocalLights::triangleLuminances() const {
  std::vector<float> luminances;
  luminances.reserve(triangles_.size());
  const uint32_t divisions = edgeDivisions(triangles_.size());
  double power = 0, area = 0;
  for (const Triangle& triangle : triangles_) {
    luminances.push_back(meanLuminance(emission_, triangle.corners, divisions));
    if (luminances.back() > 0) area += triangle.area;
    power += static_cast<double>(luminances.back()) * triangle.area;
  }
  const float untried = power > 0 ? kUntriedShare * static_cast<float>(power / area) : 1;
  for (float& value : luminances) value = value > 0 ? value : untried;
  return luminances;
}

std::vector<LightExtent> LocalLights::extents() const {
  std::vector<LightExtent> extents = pointExtents_;
  const std::vector<float> luminances = triangleLuminances();
  for (size_t i = 0; i < triangles_.size(); ++i) {
    const auto& [a, b, c, instance, primitive, doubleSided] = triangles_[i].corners;
    const Vec3 low{std::min(a.x, std::min(b.x, c.x)), std::min(a.y, std::min(b.y, c.y)),
                   std::min(a.z, std::min(b.z, c.z))};
    const Vec3 high{std::max(a.x, std::max(b.x, c.x)), std::max(a.y, std::max(b.y, c.y)),
                    std::max(a.z, std::max(b.z, c.z))};
    const LightShape shape = doubleSided ? LightShape::TwoSided : LightShape::OneSided;
    extents.push_back({low, high, shape, triangles_[i].normal, -1, luminances[i] * triangles_[i].area});
  }
  return extents;
}

void LocalLights::indexTriangles() {
  std::vector<uint64_t> counts;
  for (const Triangle& triangle : triangles_) {
    const size_t instance = triangle.corners.instanceIndex;
    if (instance >= counts.size()) counts.resize(instance + 1);
    counts[instance] = std::max(counts[instance], uint64_t{triangle.corners.primitiveIndex} + 1);
  }
  firstOfInstance_.assign(1, 0);
  for (const uint64_t count : counts) firstOfInstance_.push_back(firstOfInstance_.back() + count);
  triangleOf_.assign(firstOfInstance_.back(), kNone);
  for (size_t i = 0; i < triangles_.size(); ++i) {
    const EmissiveTriangle& corners = triangles_[i].corners;
    triangleOf_[firstOfInstance_[corners.instanceIndex] + corners.primitiveIndex] = static_cast<uint32_t>(i);
  }
}

bool LocalLights::sample(Vec3 position, double uChoice, Vec2 u, LightSample& sample) const {
  if (tree_.isEmpty()) return false;
  float probability;
  const uint32_t light = tree_.choose(position, uChoice, probability);
  const bool isPoint = light < points_.size();
  const bool arrives = isPoint ? samplePoint(points_[light], position, sample)
                               : sampleTriangle(triangles_[light - points_.size()], position, u, sample);
  sample.density *= probability;
  return arrives && sample.density > 0;
}

bool LocalLights::samplePoint(const Point& point, Vec3 position, LightSample& sample) const {
  const Vec3 towards = point.position - position;
  const float distance2 = dot(towards, towards);
  if (!(distance2 > 0)) return false;
  const float distance = std::sqrt(distance2);
  const Vec3 direction = towards / distance;
  const float share = std::min(std::max(-dot(point.direction, direction) * point.coneScale + point.coneOffset, 0.0f), 1.0f);
  sample = {direction, distance, point.intensity * (share * share / distance2), 1, true};
  return share > 0;
}

bool LocalLights::sampleTriangle(const Triangle& triangle, Vec3 position, Vec2 u, LightSample& sample) const {
  // Heitz, "A Low-Distortion Map Between Triangle and Square", 2019: keeps the stratification of u.
  float b = 0.5f * u.x, c = u.y - b;
  if (u.y <= u.x) {
    c = 0.5f * u.y;
    b = u.x - c;
  }
  const EmissiveTriangle& corners = triangle.corners;
  const Vec3 towards = corners.a * (1 - b - c) + corners.b * b + corners.c * c - position;
  const float distance2 = dot(towards, towards);
  if (!(distance2 > 0)) return false;
  const float distance = std::sqrt(distance2);
  const Vec3 direction = towards / distance;
  const float cosAtLight = -dot(triangle.normal, direction);
  if (!(cosAtLight > 0) && !(corners.doubleSided && cosAtLight < 0)) return false;
  sample.density = distance2 / (std::fabs(cosAtLight) * triangle.area);
  if (!isUsable(sample.density)) return false;
  sample = {direction, distance, emission_.emission(corners, b, c), sample.density, false};
  return !isBlack(sample.radiance);
}

float LocalLights::triangleDensity(Vec3 position, uint32_t instanceIndex, uint32_t primitiveIndex, float distance,
                                   float cosAtLight) const {
  if (size_t{instanceIndex} + 1 >= firstOfInstance_.size()) return 0;
  const uint64_t at = firstOfInstance_[instanceIndex] + primitiveIndex;
  if (at >= firstOfInstance_[instanceIndex + 1] || triangleOf_[at] == kNone) return 0;
  const uint32_t triangle = triangleOf_[at];
  const float density = distance * distance / (cosAtLight * triangles_[triangle].area);
  if (!isUsable(density)) return 0;
  return density * tree_.probability(position, static_cast<uint32_t>(points_.size()) + triangle);
}

}  // namespace arras
