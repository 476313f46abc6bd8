// Numbers as IEEE 754 half floats, rounded to the nearest, ties to even: what browsers' textures take.
#pragma once

#include <cstdint>
#include <cstring>

namespace arras {

/// `value` / 2^shift to the nearest, ties to even. Without a branch: which way is chance, and half of them would be missed.
inline uint32_t rounded(uint32_t value, uint32_t shift) {
  const uint32_t is_odd = (value >> shift) & 1;
  return (value + (1u << (shift - 1)) - 1 + is_odd) >> shift;
}

/// Beyond the largest half (65,504) finite values stay at it, so that a bright pixel is not taken for a broken one.
inline uint32_t toHalf(float value) {
  uint32_t from;
  std::memcpy(&from, &value, sizeof from);
  const uint32_t sign = (from >> 16) & 0x8000;
  const uint32_t magnitude = from & 0x7fffffff;
  if (magnitude > 0x7f800000) return 0x7e00;
  if (magnitude == 0x7f800000) return sign | 0x7c00;
  if (magnitude >= 0x477ff000) return sign | 0x7bff;
  if (magnitude < 0x33000001) return sign;
  // Below 2^-14 a half has the same exponent for all.
  if (magnitude < 0x38800000) return sign | rounded((magnitude & 0x7fffff) | 0x800000, 126 - (magnitude >> 23));
  return sign | rounded(magnitude - 0x38000000, 13);
}

}  // namespace arras
