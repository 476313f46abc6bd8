// Numbers as IEEE 754 half floats, rounded to the nearest, ties to even: what browsers' textures take.
#pragma once

#include <cstdint>
#include <cstring>

namespace arras {

inline uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float floatOf(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// All bits where it is true. What chooses by it is no branch: which way is chance, and compilers then do several at once.
inline uint32_t maskOf(bool is) { return -uint32_t(is); }

/// Beyond the largest half (65,504) finite values stay at it, so that a bright pixel is not taken for a broken one.
inline uint32_t toHalf(float value) {
  const uint32_t from = bitsOf(value);
  const int32_t magnitude = int32_t(from & 0x7fffffff);
  const uint32_t normal = uint32_t(magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  // Below 2^-14 a half has the same exponent for all. A float of 0.5 has its last bit at 2^-24, as they do: adding rounds.
  const uint32_t small = bitsOf(floatOf(uint32_t(magnitude)) + 0.5f) - 0x3f000000;
  const uint32_t is_small = maskOf(magnitude < 0x38800000);
  const uint32_t is_large = maskOf(magnitude >= 0x477ff000);
  const uint32_t is_infinite = maskOf(magnitude >= 0x7f800000);
  const uint32_t is_nan = maskOf(magnitude > 0x7f800000);
  const uint32_t finite = (small & is_small) | (normal & ~is_small);
  const uint32_t half = (finite & ~is_large) | (0x7bff & is_large);
  return ((half + (is_infinite & 1)) | ((from >> 16) & 0x8000 & ~is_nan)) | (0x0200 & is_nan);
}

}  // namespace arras
