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

// Where the search for each of `count` equal parts of [0, 1) begins in `cumulative`, count + 1 ascending sums from 0: in
// a map of a million texels a search without it costs more than all else (Chen and Asau, "On Generating Random Variates
// from an Empirical Distribution", AIIE Transactions 6(2), 1974). Writes count + 1 places.
inline void writeGuide(const double* cumulative, size_t count, uint32_t* guide) {
  size_t i = 0;
  for (size_t part = 0; part <= count; ++part) {
    const double target = static_cast<double>(part) / static_cast<double>(count) * cumulative[count];
    while (i + 1 < count && cumulative[i + 1] <= target) ++i;
    guide[part] = static_cast<uint32_t>(i);
  }
}

// The piece that `u` of [0, 1) falls into; the last sum is above 0. Never a piece of width 0. `u` comes back as the place
// within the piece.
inline size_t invert(const double* cumulative, size_t count, const uint32_t* guide, double& u) {
  const double target = u * cumulative[count];
  const size_t part = std::min(static_cast<size_t>(u * static_cast<double>(count)), count - 1);
  // One wider to both sides than the guide says, for the rounding of the part.
  const size_t first = guide[part] > 0 ? guide[part] - 1 : 0, last = std::min(size_t{guide[part + 1]} + 1, count - 1);
  size_t i = first;
  if (last - first > 8) {
    i = static_cast<size_t>(std::upper_bound(cumulative + first + 1, cumulative + last + 1, target) - cumulative) - 1;
  } else {
    while (i < last && cumulative[i + 1] <= target) ++i;
  }
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
