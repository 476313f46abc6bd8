// Four floats at once: each operation is one IEEE 754 operation per lane, so lanes have the bits of scalar code. The
// compiler makes SSE or NEON of it.
#pragma once

#include <cstring>

#include "vector.h"

namespace arras {

using Float4 = float __attribute__((vector_size(16)));

// `values` has four floats, at any address.
inline Float4 load4(const float* values) {
  Float4 loaded;
  std::memcpy(&loaded, values, sizeof loaded);
  return loaded;
}
inline void store4(float* values, Float4 stored) { std::memcpy(values, &stored, sizeof stored); }
inline Float4 float4(Vec3 a) { return Float4{a.x, a.y, a.z, 0}; }
inline Vec3 xyz(Float4 a) { return {a[0], a[1], a[2]}; }

// Of the first three lanes, in the order of operations that vector.h has.
inline float dot3(Float4 a, Float4 b) {
  const Float4 product = a * b;
  return product[0] + product[1] + product[2];
}
inline Float4 cross3(Float4 a, Float4 b) {
  const Float4 aYzx = __builtin_shufflevector(a, a, 1, 2, 0, 3), aZxy = __builtin_shufflevector(a, a, 2, 0, 1, 3);
  const Float4 bYzx = __builtin_shufflevector(b, b, 1, 2, 0, 3), bZxy = __builtin_shufflevector(b, b, 2, 0, 1, 3);
  return aYzx * bZxy - aZxy * bYzx;
}

}  // namespace arras
