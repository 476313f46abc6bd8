// Piecewise constant and linear distributions, sampled by inversion, which keeps the sampler's stratification (an alias
// table would not). Sums are doubles: a piece that is 10^-12 of the whole still has its chance.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace arras {

// Sampler values are multiples of 2^-24, too coarse to choose among a million lights. These give such a value 32 further
// bits, a hash of the sample's other numbers, which the strata above them do not notice.
inline double refined(float u, float a, float b) {
  uint32_t bitsA, bitsB;
  std::memcpy(&bitsA, &a, sizeof bitsA);
  std::memcpy(&bitsB, &b, sizeof bitsB);
  // Stafford's variant 13 of the SplitMix64 finaliser.
  uint64_t x = (uint64_t{bitsA} << 32 | bitsB) + 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  const double fraction = (static_cast<double>((x ^ (x >> 31)) >> 32) + 0.5) * 0x1p-32;
  return std::min((static_cast<double>(u) + fraction * 0x1p-24), 1 - 0x1p-53);
}

// The piece of `cumulative` (count + 1 ascending sums from 0; the last above 0) that `u` of [0, 1) falls into, never one of
// width 0. `u` comes back as the place within the piece.
inline size_t invert(const double* cumulative, size_t count, double& u) {
  const double target = u * cumulative[count];
  size_t i = static_cast<size_t>(std::upper_bound(cumulative + 1, cumulative + count, target) - cumulative) - 1;
  // Only rounding of the target can lead here, to pieces of no width at the end.
  while (i > 0 && !(cumulative[i + 1] > cumulative[i])) --i;
  u = std::min(std::max((target - cumulative[i]) / (cumulative[i + 1] - cumulative[i]), 0.0), 1 - 0x1p-53);
  return i;
}

// Density ∝ lerp(a, b, t) on [0, 1]; a, b ≥ 0 and not both 0. (Pharr, Jakob, Humphreys, "Physically Based Rendering",
// 4th edition, A.4.1.)
inline double sampleLinear(double a, double b, double u) {
  const double divisor = a + std::sqrt(a * a + (b * b - a * a) * u);
  return divisor > 0 ? std::min(u * (a + b) / divisor, 1.0) : u;
}

}  // namespace arras
