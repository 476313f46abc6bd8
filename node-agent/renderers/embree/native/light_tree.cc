#include "light_tree.h"

#include <cstring>
#include <limits>

namespace arras {
namespace {

// Lights that seem to send nothing keep this share, so that neither rounding nor a mean can lose light.
constexpr float kUnseen = 0.01f;
// Of a node's squared radius: how much nearer than its box's nearest point its lights never count, and how much its
// extent blurs the angle under which it is seen. Both by trial on lamps in a grid, in a cloud, on a sphere, in a panel.
constexpr float kNearestShare = 0.01f;
constexpr float kBlurShare = 0.1f;
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

// log2 of a positive float to 0.09, by reading its bits as a number: the mantissa counts as its own logarithm.
float roughLog2(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return static_cast<float>(bits) * (1.0f / 8388608.0f) - 127.0f;
}

}  // namespace

struct LightTree::Builder {
  LightTree& tree;
  std::vector<Item> items, scratch;

  // Lights [begin, end) become the node at `at`.
  void build(uint32_t at, size_t begin, size_t end, int depth) {
    Box centres;
    tree.nodes_[at] = summaryOf(begin, end, centres);
    if (end - begin == 1) {
      Node& leaf = tree.nodes_[at];
      const Item& item = items[begin];
      leaf.isLeaf = true;
      leaf.shape = item.extent.shape, leaf.axis = item.extent.axis, leaf.cosCone = item.extent.cosCone;
      leaf.next = item.light;
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

  Node summaryOf(size_t begin, size_t end, Box& centres) const {
    Node node{};
    Box box;
    float evenly = 0, oneSided = 0;
    for (size_t i = begin; i < end; ++i) {
      const LightExtent& light = items[i].extent;
      box.add(light.low, light.high);
      centres.add(items[i].centre, items[i].centre);
      node.power += light.power;
      if (light.shape == LightShape::OneSided) {
        oneSided += light.power;
        node.axis += light.axis * light.power;
      } else {
        evenly += light.shape == LightShape::TwoSided ? 0.5f * light.power : light.power;
      }
    }
    node.centre = (box.low + box.high) * 0.5f;
    node.half = (box.high - box.low) * 0.5f;
    node.axis = node.axis / node.power;
    node.evenly = evenly / node.power;
    const float share = oneSided / node.power;
    node.spread = 0.25f * std::max(share * share - dot(node.axis, node.axis), 0.0f);
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
  const float distance2 = dot(away, away), radius2 = dot(node.half, node.half);
  const Vec3 outside{std::max(std::fabs(away.x) - node.half.x, 0.0f), std::max(std::fabs(away.y) - node.half.y, 0.0f),
                     std::max(std::fabs(away.z) - node.half.z, 0.0f)};
  // The mean of 1 ÷ distance² over a disk of the node's radius that is seen from straight above; edge-on the product of
  // least and greatest distance gives that mean, and both tend to the right limit far away.
  const float nearest2 = std::max(std::max(dot(outside, outside), distance2 - radius2), kNearestShare * radius2 + 1e-20f);
  const float ratio = radius2 / nearest2;
  const float falloff = ratio < 0.05f ? (1 - 0.5f * ratio) / nearest2 : 0.6931472f * roughLog2(1 + ratio) / radius2;
  return node.power * falloff * std::max(cosineTowards(node, away, distance2, radius2), kUnseen);
}

// The mean of max(0, cos) over the node's lights: half the mean of cos and half the mean of |cos|, the latter between
// |cos| of the mean normal if they are alike and a half if they point everywhere.
float LightTree::cosineTowards(const Node& node, Vec3 away, float distance2, float radius2) {
  const float along = dot(node.axis, away);
  if (node.isLeaf && node.shape == LightShape::Point) return 1;
  if (node.isLeaf && node.shape == LightShape::Cone) return along > node.cosCone * std::sqrt(distance2) ? 1 : 0;
  if (node.isLeaf && node.shape == LightShape::OneSided && !(along > 0)) return 0;
  const float blur2 = kBlurShare * radius2, blurred2 = distance2 + blur2 + 1e-20f;
  const float cosine = along / std::sqrt(blurred2), blur = 0.25f * dot(node.axis, node.axis) * (blur2 / blurred2);
  const float meanAbsolute = std::sqrt(cosine * cosine + node.spread + blur);
  if (node.isLeaf && node.shape == LightShape::TwoSided) return meanAbsolute;
  return node.evenly + 0.5f * (cosine + meanAbsolute);
}

float LightTree::shareOfFirst(const Node& parent, Vec3 position) const {
  const float first = importance(nodes_[parent.next], position), second = importance(nodes_[parent.next + 1], position);
  const float share = first / (first + second);
  // Both sides stay possible whatever overflowed or vanished above; NaN becomes one half.
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
