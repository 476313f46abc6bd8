#include "filter.h"

#include "exact_math.h"

namespace arras {
namespace {

// Between the places the density counts as constant: that is wrong by 1e-6 of the distribution at most.
constexpr int kBinCount = 1024;

double sineOfTurns(double turns) {
  double s, c;
  exact::sinCos(turns * 2 * exact::kPi64, s, c);
  return s;
}

// The integral of the four-term window over [0, t] of its width 1 (Harris, "On the Use of Windows", Proc. IEEE 66, 1978).
double blackmanHarrisUpTo(double t) {
  const double turn = 2 * exact::kPi64;
  return 0.35875 * t - 0.48829 / turn * sineOfTurns(t) + 0.14128 / (2 * turn) * sineOfTurns(2 * t) -
         0.01168 / (3 * turn) * sineOfTurns(3 * t);
}

// The radius is three standard deviations, and the value there is subtracted, so that the filter ends without a step.
double gaussianAt(double t) {
  const double x = 3 * (2 * t - 1);
  return exact::exp2(-0.5 * exact::kLog2e * x * x) - exact::exp2(-4.5 * exact::kLog2e);
}

std::vector<double> cumulativeOf(FilterKind kind) {
  std::vector<double> cumulative{0};
  for (int i = 0; i < kBinCount; ++i) {
    const double t = static_cast<double>(i) / kBinCount, width = 1.0 / kBinCount;
    if (kind == FilterKind::BlackmanHarris) {
      cumulative.push_back(blackmanHarrisUpTo(t + width));
    } else {
      const double simpson = gaussianAt(t) + 4 * gaussianAt(t + width / 2) + gaussianAt(t + width);
      cumulative.push_back(cumulative.back() + simpson * (width / 6));
    }
  }
  const double total = cumulative.back();
  for (double& value : cumulative) value /= total;
  return cumulative;
}

}  // namespace

ReconstructionFilter::ReconstructionFilter(FilterKind kind, float radiusPx)
    : radiusPx_(radiusPx), isBox_(kind == FilterKind::Box) {
  if (isBox_) return;
  cumulative_ = cumulativeOf(kind);
  uint16_t bin = 0;
  for (int i = 0; i < kBinCount; ++i) {
    while (cumulative_[bin + 1] <= static_cast<double>(i) / kBinCount) ++bin;
    guide_.push_back(bin);
  }
}

float ReconstructionFilter::sampleAxis(float u) const {
  if (isBox_) return (2 * u - 1) * radiusPx_;
  const double target = u;
  size_t bin = guide_[static_cast<size_t>(target * kBinCount)];
  while (cumulative_[bin + 1] <= target) ++bin;
  const double within = (target - cumulative_[bin]) / (cumulative_[bin + 1] - cumulative_[bin]);
  const double t = (static_cast<double>(bin) + within) / kBinCount;
  return static_cast<float>((2 * t - 1) * radiusPx_);
}

}  // namespace arras
