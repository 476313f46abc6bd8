// The lights that have a place in the scene: points, spots and emissive triangles, chosen by a tree.
#pragma once

#include <vector>

#include "light_tree.h"
#include "lights.h"

namespace arras {

class LocalLights {
 public:
  // `emission` must outlive it.
  LocalLights(const std::vector<PointLight>& points, const std::vector<SpotLight>& spots,
              std::vector<EmissiveTriangle> triangles, const EmissionSource& emission);

  uint32_t count() const { return static_cast<uint32_t>(points_.size() + triangles_.size()); }
  uint64_t sizeBytes() const {
    return triangles_.size() * sizeof(Triangle) + triangleOf_.size() * sizeof(uint32_t) + tree_.sizeBytes();
  }
  // About the luminance that arrives at `position` in all.
  float importance(Vec3 position) const { return tree_.importance(position); }

  // As LightSet's, the density without the chance of choosing local lights at all.
  bool sample(Vec3 position, double uChoice, Vec2 u, LightSample& sample) const;
  float triangleDensity(Vec3 position, uint32_t instanceIndex, uint32_t primitiveIndex, float distance,
                        float cosAtLight) const;

 private:
  // Points are spots that shine everywhere.
  struct Point {
    Vec3 position, intensity, direction;
    float coneScale, coneOffset;
  };
  struct Triangle {
    EmissiveTriangle corners;
    Vec3 normal;
    float area;
  };

  static Point pointOf(const SpotLight& spot);
  std::vector<float> triangleLuminances() const;
  std::vector<LightExtent> extents() const;
  void indexTriangles();
  bool samplePoint(const Point& point, Vec3 position, LightSample& sample) const;
  bool sampleTriangle(const Triangle& triangle, Vec3 position, Vec2 u, LightSample& sample) const;

  const EmissionSource& emission_;
  std::vector<Point> points_;
  std::vector<LightExtent> pointExtents_;
  std::vector<Triangle> triangles_;
  LightTree tree_;
  // Where each instance's part of triangleOf_ begins, and by primitive the triangle or kNone.
  std::vector<uint64_t> firstOfInstance_;
  std::vector<uint32_t> triangleOf_;
};

}  // namespace arras
