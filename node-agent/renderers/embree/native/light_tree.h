// Chooses among many lights near the scene by how much each may send to a place: a binary tree whose nodes bound where
// their lights are, where they shine and how strongly (Conty Estevez and Kulla, "Importance Sampling of Many Lights with
// Adaptive Tree Splitting", 2018; bounds as in pbrt-v4, section 12.6.3).
#pragma once

#include <cstdint>
#include <vector>

#include "vector.h"

namespace arras {

// One light as the tree sees it.
struct LightExtent {
  Vec3 low, high;          // its bounding box
  Vec3 axis{0, 0, 1};      // unit
  float cosSpread = -1;    // normals are within this angle around the axis; −1: everywhere
  float cosEmission = 0;   // light leaves within this angle around a normal
  bool isTwoSided = false; // along −axis as along the axis
  float power = 0;         // radiant intensity along the axis, above 0
};

class LightTree {
 public:
  explicit LightTree(const std::vector<LightExtent>& lights);

  bool isEmpty() const { return nodes_.empty(); }

  // About the luminance that arrives at `position` if nothing is in between, over all directions.
  float importance(Vec3 position) const { return isEmpty() ? 0 : importance(nodes_[0], position); }

  // The index of one light, and the probability of choosing it, which is above 0 for all; u in [0, 1) comes back fresh.
  uint32_t choose(Vec3 position, double& u, float& probability) const;
  float probability(Vec3 position, uint32_t light) const;

 private:
  struct Node {
    Vec3 centre;
    float radius2;
    Vec3 axis;
    float cosSpread, cosEmission, power;
    bool isTwoSided;
    bool isLeaf;
    uint32_t next;  // the first of two children side by side, or the light
  };
  struct Builder;

  static float importance(const Node& node, Vec3 position);
  float shareOfFirst(const Node& parent, Vec3 position) const;

  std::vector<Node> nodes_;
  std::vector<uint32_t> parents_, leaves_;  // by node, by light
};

}  // namespace arras
