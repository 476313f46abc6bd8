// Chooses among many lights near the scene by how much each may send to a place: a binary tree whose nodes know where
// their lights are, which way they shine and how strongly. After Conty Estevez and Kulla, "Importance Sampling of Many
// Lights with Adaptive Tree Splitting", 2018, but nodes hold means, not bounds: a thousand lamps under a ceiling have a
// third of the noise so (test/unit/node-agent/renderers/embree/lights.test.ts), and no light is ever impossible anyway.
#pragma once

#include <cstdint>
#include <vector>

#include "vector.h"

namespace arras {

// Cones shine evenly within their angle; surfaces by the cosine, `TwoSided` ones along −axis too.
enum class LightShape : uint8_t { Point, Cone, OneSided, TwoSided };

// One light as the tree sees it.
struct LightExtent {
  Vec3 low, high;  // its bounding box
  LightShape shape;
  Vec3 axis;            // unit; points have none
  float cosCone;        // of cones
  float power;          // radiant intensity along the axis, above 0
};

class LightTree {
 public:
  explicit LightTree(const std::vector<LightExtent>& lights);

  bool isEmpty() const { return nodes_.empty(); }
  uint64_t sizeBytes() const {
    return nodes_.size() * sizeof(Node) + (parents_.size() + leaves_.size()) * sizeof(uint32_t);
  }

  // About the luminance that arrives at `position` if nothing is in between, over all directions.
  float importance(Vec3 position) const { return isEmpty() ? 0 : importance(nodes_[0], position); }

  // The index of one light, and the probability of choosing it, which is above 0 for all; u in [0, 1) comes back fresh.
  uint32_t choose(Vec3 position, double& u, float& probability) const;
  float probability(Vec3 position, uint32_t light) const;

 private:
  struct Node {
    Vec3 centre, half;  // of the bounding box
    Vec3 axis;          // mean axis of the one-sided surfaces by their share of the power; of a leaf: its own
    float evenly;       // what of the power goes everywhere: points, cones and half of the two-sided surfaces'
    float spread;       // (s² − |axis|²) / 4 for a share s of one-sided surfaces: 0 if their normals are alike
    float power;
    float cosCone;      // of leaves that are cones
    uint32_t next;      // the first of two children side by side, or the light
    bool isLeaf;
    LightShape shape;   // of leaves
  };
  struct Builder;

  static float importance(const Node& node, Vec3 position);
  static float cosineTowards(const Node& node, Vec3 away, float distance2, float radius2);
  float shareOfFirst(const Node& parent, Vec3 position) const;

  std::vector<Node> nodes_;
  std::vector<uint32_t> parents_, leaves_;  // by node, by light
};

}  // namespace arras
