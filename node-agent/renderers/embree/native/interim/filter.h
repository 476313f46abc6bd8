// Interim, until ../filter.h exists: reconstruction filters by importance sampling, each axis by its own table.
#pragma once

#include <vector>

#include "exact_math.h"
#include "vector.h"

namespace arras {

enum class FilterKind { BlackmanHarris, Box, Gaussian };

class ReconstructionFilter {
 public:
  ReconstructionFilter(FilterKind kind, float radiusPx) : isBox_(kind == FilterKind::Box), radiusPx_(radiusPx) {
    cumulative_.push_back(0);
    for (int i = 0; i < kCount; ++i) {
      const double t = (i + 0.5) / kCount;
      cumulative_.push_back(cumulative_.back() + weight(kind, t));
    }
  }

  Vec2 sample(Vec2 u) const { return {sampleAxis(u.x), sampleAxis(u.y)}; }

 private:
  static constexpr int kCount = 1024;

  static double cosine(double turns) {
    double s, c;
    exact::sinCos(turns * 6.283185307179586, s, c);
    return c;
  }
  // t runs over the filter's width. Harris 1978 for the window; the Gaussian has a standard deviation of a third.
  static double weight(FilterKind kind, double t) {
    if (kind == FilterKind::BlackmanHarris) {
      return 0.35875 - 0.48829 * cosine(t) + 0.14128 * cosine(2 * t) - 0.01168 * cosine(3 * t);
    }
    const double x = 3 * (2 * t - 1);
    return exact::exp2(-0.5 * x * x * exact::kLog2e) - exact::exp2(-4.5 * exact::kLog2e);
  }
  float sampleAxis(float u) const {
    if (isBox_) return (2 * u - 1) * radiusPx_;
    const double target = u * cumulative_.back();
    const auto after = std::upper_bound(cumulative_.begin() + 1, cumulative_.end() - 1, target);
    const double low = *(after - 1), width = *after - low;
    const double at = static_cast<double>(after - 1 - cumulative_.begin()) + (width > 0 ? (target - low) / width : 0.5);
    return static_cast<float>(2 * at / kCount - 1) * radiusPx_;
  }

  bool isBox_;
  float radiusPx_;
  std::vector<double> cumulative_;
};

}  // namespace arras
