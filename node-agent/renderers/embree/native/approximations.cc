#include "approximations.h"

#if defined(__x86_64__)
#include <xmmintrin.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#endif

namespace arras {

#if defined(__x86_64__)

namespace {

// The tables behind them have at most 2¹² entries.
constexpr uint32_t kStepsPerOctave = 1u << 14;
constexpr uint32_t kMantissaBits = 23;

uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

float floatOf(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// FNV-1a, 32 bits, of one more word.
uint32_t hashed(uint32_t hash, uint32_t word) {
  for (int byte = 0; byte < 4; ++byte) hash = (hash ^ ((word >> (8 * byte)) & 0xff)) * 16777619u;
  return hash;
}

}  // namespace

std::string approximationsName() {
  uint32_t hash = 2166136261u;
  // From 1 to 4: an inverse square root has another table for each parity of the exponent.
  for (uint32_t step = 0; step < 2 * kStepsPerOctave; ++step) {
    const __m128 value = _mm_set_ss(floatOf(bitsOf(1.0f) + step * ((1u << kMantissaBits) / kStepsPerOctave)));
    hash = hashed(hash, bitsOf(_mm_cvtss_f32(_mm_rcp_ss(value))));
    hash = hashed(hash, bitsOf(_mm_cvtss_f32(_mm_rsqrt_ss(value))));
  }
  char name[16];
  std::snprintf(name, sizeof name, "rcp%08x", hash);
  return name;
}

#else

std::string approximationsName() { return ""; }

#endif

}  // namespace arras
