// The reconstruction filter by importance sampling: a sample belongs to one pixel, and its place is drawn with the
// filter's density (Ernst, Stamminger and Greiner, "Filter Importance Sampling", 2006), so all samples weigh the same.
#pragma once

#include <cstdint>
#include <vector>

#include "vector.h"

namespace arras {

enum class FilterKind { BlackmanHarris, Box, Gaussian };

class ReconstructionFilter {
 public:
  // radiusPx: half the width of the support along each axis. A radius of 0 samples pixel centres.
  ReconstructionFilter(FilterKind kind, float radiusPx);

  // Offset from the pixel's centre in pixels; u in [0, 1)².
  Vec2 sample(Vec2 u) const { return {sampleAxis(u.x), sampleAxis(u.y)}; }

 private:
  float sampleAxis(float u) const;

  float radiusPx_;
  bool isBox_;
  // The cumulative distribution at kBinCount + 1 places of the width, and the bin in which each kBinCount-th of it begins.
  std::vector<double> cumulative_;
  std::vector<uint16_t> guide_;
};

}  // namespace arras
