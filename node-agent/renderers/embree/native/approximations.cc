#include "approximations.h"

#if defined(__x86_64__)
#include <emmintrin.h>

#include <cstdint>
#include <cstdio>
#endif

namespace arras {

#if defined(__x86_64__)

namespace {

// The tables behind them have at most 2¹² entries.
constexpr int kStepsPerOctave = 1 << 14;

uint32_t lowestBits(__m128 values) { return uint32_t(_mm_cvtsi128_si32(_mm_castps_si128(values))); }

// FNV-1a, 32 bits, of one more word.
uint32_t hashed(uint32_t hash, uint32_t word) {
  for (int byte = 0; byte < 4; ++byte) hash = (hash ^ ((word >> (8 * byte)) & 0xff)) * 16777619u;
  return hash;
}

}  // namespace

std::string approximationsName() {
  uint32_t hash = 2166136261u;
  // From 1 to 4: an inverse square root has another table for each parity of the exponent. Each number is exact.
  for (const float octave : {1.0f, 2.0f}) {
    for (int step = 0; step < kStepsPerOctave; ++step) {
      const __m128 value = _mm_set_ss(octave * (1.0f + float(step) / kStepsPerOctave));
      hash = hashed(hash, lowestBits(_mm_rcp_ss(value)));
      hash = hashed(hash, lowestBits(_mm_rsqrt_ss(value)));
    }
  }
  char name[16];
  std::snprintf(name, sizeof name, "rcp%08x", hash);
  return name;
}

#else

std::string approximationsName() { return ""; }

#endif

}  // namespace arras
