#include "light_tree.h"

#include <limits>

namespace arras {
namespace {

// Lights that the bounds put out of sight keep this share, so that no rounding of theirs can lose light.
constexpr float kUnseen = 0.01f;
// Deeper than this, lists are halved as they lie: 2^32 lights end before depth 80.
constexpr int kSortedDepthMax = 48;
constexpr size_t kBinCount = 16;

struct Item {
  LightExtent extent;
  Vec3 centre;
  uint32_t light;
};

struct Box {
  Vec3 low{std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity(),
           std::numeric_limits<float>::infinity()};
  Vec3 high{-low.x, -low.y, -low.z};

  void add(Vec3 a, Vec3 b) {
    low = {std::min(low.x, a.x), std::min(low.y, a.y), std::min(low.z, a.z)};
    high = {std::max(high.x, b.x), std::max(high.y, b.y), std::max(high.z, b.z)};
  }
  float diagonal2() const {
    const Vec3 d = high - low;
    return low.x > high.x ? 0 : dot(d, d);
  }
};

float component(Vec3 v, int axis) { return axis == 0 ? v.x : (axis == 1 ? v.y : v.z); }

float sineOf(float cosine) { return std::sqrt(std::max(1 - cosine * cosine, 0.0f)); }

// cos(max(0, a − b)) of two angles in [0, π].
float cosOfDifference(float cosA, float cosB) {
  return cosA >= cosB ? 1.0f : cosA * cosB + sineOf(cosA) * sineOf(cosB);
}
// cos(min(π, a + b)).
float cosOfSum(float cosA, float cosB) {
  return cosA <= -cosB ? -1.0f : cosA * cosB - sineOf(cosA) * sineOf(cosB);
}

}  // namespace

struct LightTree::Builder {
  LightTree& tree;
  std::vector<Item> items, scratch;

  // Lights [begin, end) become the node at `at`.
  void build(uint32_t at, size_t begin, size_t end, int depth) {
    Box centres;
    tree.nodes_[at] = boundsOf(begin, end, centres);
    if (end - begin == 1) {
      tree.nodes_[at].isLeaf = true;
      tree.nodes_[at].next = items[begin].light;
      tree.leaves_[items[begin].light] = at;
      return;
    }
    const size_t middle = depth < kSortedDepthMax ? split(begin, end, centres) : begin + (end - begin) / 2;
    const uint32_t first = static_cast<uint32_t>(tree.nodes_.size());
    tree.nodes_[at].next = first;
    tree.nodes_.resize(first + 2);
    tree.parents_.resize(first + 2, at);
    build(first, begin, middle, depth + 1);
    build(first + 1, middle, end, depth + 1);
  }

  Node boundsOf(size_t begin, size_t end, Box& centres) const {
    Node node{};
    Box box;
    Vec3 axis;
    bool isEverywhere = false;
    for (size_t i = begin; i < end; ++i) {
      const LightExtent& light = items[i].extent;
      box.add(light.low, light.high);
      centres.add(items[i].centre, items[i].centre);
      node.power += light.power;
      axis += light.axis * light.power;
      isEverywhere = isEverywhere || light.isTwoSided || light.cosSpread <= -1;
    }
    node.centre = (box.low + box.high) * 0.5f;
    node.radius2 = box.diagonal2() * 0.25f;
    if (end - begin == 1) {
      const LightExtent& light = items[begin].extent;
      node.axis = light.axis, node.cosSpread = light.cosSpread, node.cosEmission = light.cosEmission;
      node.isTwoSided = light.isTwoSided;
      return node;
    }
    const float axisLength = length(axis);
    node.cosSpread = -1, node.cosEmission = 1;
    if (isEverywhere || !(axisLength > 1e-3f * node.power)) return node;
    node.axis = axis / axisLength, node.cosSpread = 1;
    for (size_t i = begin; i < end; ++i) {
      const LightExtent& light = items[i].extent;
      const float cosToAxis = std::min(std::max(dot(node.axis, light.axis), -1.0f), 1.0f);
      node.cosSpread = std::min(node.cosSpread, cosOfSum(cosToAxis, light.cosSpread));
      node.cosEmission = std::min(node.cosEmission, light.cosEmission);
    }
    return node;
  }

  // Parts [begin, end) where the power times extent of both sides is least; the order within each side stays, so the tree
  // does not depend on a library's algorithm. Returns the first of the second side.
  size_t split(size_t begin, size_t end, const Box& centres) {
    const size_t half = begin + (end - begin) / 2;
    const Vec3 extent = centres.high - centres.low;
    const int axis = extent.x >= extent.y && extent.x >= extent.z ? 0 : (extent.y >= extent.z ? 1 : 2);
    const float low = component(centres.low, axis), width = component(extent, axis);
    if (!(width > 0)) return half;
    const auto binOf = [&](const Item& item) {
      const float place = (component(item.centre, axis) - low) / width * static_cast<float>(kBinCount);
      return std::min(static_cast<size_t>(std::max(place, 0.0f)), kBinCount - 1);
    };
    Box boxes[kBinCount];
    float powers[kBinCount] = {};
    for (size_t i = begin; i < end; ++i) {
      const size_t bin = binOf(items[i]);
      boxes[bin].add(items[i].extent.low, items[i].extent.high);
      powers[bin] += items[i].extent.power;
    }
    const size_t firstOfSecond = cheapestBin(boxes, powers);
    scratch.clear();
    size_t middle = begin;
    for (size_t i = begin; i < end; ++i) {
      if (binOf(items[i]) < firstOfSecond) {
        items[middle++] = items[i];
      } else {
        scratch.push_back(items[i]);
      }
    }
    std::copy(scratch.begin(), scratch.end(), items.begin() + static_cast<std::ptrdiff_t>(middle));
    return middle == begin || middle == end ? half : middle;
  }

  static size_t cheapestBin(const Box* boxes, const float* powers) {
    float after[kBinCount + 1] = {};
    Box box;
    float power = 0;
    for (size_t bin = kBinCount; bin-- > 1;) {
      box.add(boxes[bin].low, boxes[bin].high);
      power += powers[bin];
      after[bin] = power * box.diagonal2();
    }
    box = Box();
    power = 0;
    size_t best = kBinCount / 2;
    float bestCost = std::numeric_limits<float>::infinity();
    for (size_t bin = 1; bin < kBinCount; ++bin) {
      box.add(boxes[bin - 1].low, boxes[bin - 1].high);
      power += powers[bin - 1];
      const float cost = power * box.diagonal2() + after[bin];
      if (cost < bestCost) bestCost = cost, best = bin;
    }
    return best;
  }
};

LightTree::LightTree(const std::vector<LightExtent>& lights) {
  if (lights.empty()) return;
  Builder builder{*this, {}, {}};
  builder.items.reserve(lights.size());
  for (const LightExtent& light : lights) {
    builder.items.push_back({light, (light.low + light.high) * 0.5f, static_cast<uint32_t>(builder.items.size())});
  }
  nodes_.reserve(2 * lights.size() - 1);
  parents_.reserve(2 * lights.size() - 1);
  leaves_.resize(lights.size());
  nodes_.resize(1);
  parents_.resize(1);
  builder.build(0, 0, lights.size(), 0);
}

float LightTree::importance(const Node& node, Vec3 position) {
  const Vec3 away = position - node.centre;
  const float distance2 = dot(away, away);
  float falloff = 1;
  if (node.cosSpread > -1 && distance2 > node.radius2) {
    float cosine = dot(node.axis, away) / std::sqrt(distance2);
    cosine = std::min(node.isTwoSided ? std::fabs(cosine) : cosine, 1.0f);
    const float cosOfSphere = std::sqrt(1 - node.radius2 / distance2);
    cosine = cosOfDifference(cosOfDifference(std::max(cosine, -1.0f), node.cosSpread), cosOfSphere);
    falloff = cosine > node.cosEmission ? std::max(cosine, kUnseen) : kUnseen;
  }
  // Within its sphere a light is as far as the sphere's edge: the place of its nearest point is not known.
  return node.power * falloff / std::max(std::max(distance2, node.radius2), 1e-20f);
}

float LightTree::shareOfFirst(const Node& parent, Vec3 position) const {
  const float first = importance(nodes_[parent.next], position), second = importance(nodes_[parent.next + 1], position);
  const float share = first / (first + second);
  // The bounds keep both sides possible whatever overflowed or vanished above; NaN becomes one half.
  return share == share ? std::min(std::max(share, 1e-6f), 1 - 1e-6f) : 0.5f;
}

uint32_t LightTree::choose(Vec3 position, double& u, float& probability) const {
  double product = 1;
  const Node* node = &nodes_[0];
  while (!node->isLeaf) {
    const double share = shareOfFirst(*node, position);
    const bool isFirst = u < share;
    u = isFirst ? u / share : (u - share) / (1 - share);
    product *= isFirst ? share : 1 - share;
    node = &nodes_[node->next + (isFirst ? 0 : 1)];
  }
  probability = static_cast<float>(product);
  return node->next;
}

float LightTree::probability(Vec3 position, uint32_t light) const {
  double product = 1;
  for (uint32_t at = leaves_[light]; at != 0; at = parents_[at]) {
    const Node& parent = nodes_[parents_[at]];
    const double share = shareOfFirst(parent, position);
    product *= at == parent.next ? share : 1 - share;
  }
  return static_cast<float>(product);
}

}  // namespace arras
