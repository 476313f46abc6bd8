// Elementary functions whose bits are equal on every machine: only +, −, ×, ÷, sqrt, floor, comparisons and bit patterns
// of IEEE 754 doubles. The C library's own choose a variant by processor (glibc's ifunc), so a film hash would differ.
//
// Arguments and results are float, the work is double, so results are within 0.51 ulp of float almost everywhere.
// Coefficients: Taylor where it converges fast enough; atan from Cephes (S. Moshier, "Methods and Programs for
// Mathematical Functions", 1989), atan.c.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace arras {
namespace exact {

constexpr double kPi64 = 3.14159265358979323846;
constexpr double kHalfPi64 = 1.57079632679489661923;
constexpr double kQuarterPi64 = 0.78539816339744830962;
constexpr double kLn2 = 0.69314718055994530942;
constexpr double kLog2e = 1.44269504088896340736;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// floor of |x| < 2^62 without the library call that std::floor is on processors before SSE 4.1.
inline int64_t floorToInteger(double x) {
  const int64_t truncated = static_cast<int64_t>(x);
  return truncated - (static_cast<double>(truncated) > x ? 1 : 0);
}

// 2^k for −1022 ≤ k ≤ 1023, by writing the exponent field.
inline double powerOfTwo(int k) {
  const uint64_t bits = static_cast<uint64_t>(k + 1023) << 52;
  double result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

// sin and cos on [−π/4, π/4]; the first term left out is below 3e-14.
inline double sinNearZero(double r) {
  const double z = r * r;
  double p = 1.0 / 6227020800.0;
  p = p * z - 1.0 / 39916800.0;
  p = p * z + 1.0 / 362880.0;
  p = p * z - 1.0 / 5040.0;
  p = p * z + 1.0 / 120.0;
  p = p * z - 1.0 / 6.0;
  return r + r * (z * p);
}
inline double cosNearZero(double r) {
  const double z = r * r;
  double p = -1.0 / 87178291200.0;
  p = p * z + 1.0 / 479001600.0;
  p = p * z - 1.0 / 3628800.0;
  p = p * z + 1.0 / 40320.0;
  p = p * z - 1.0 / 720.0;
  p = p * z + 1.0 / 24.0;
  p = p * z - 0.5;
  return 1.0 + z * p;
}

// Cody and Waite: π/2 in two parts, the first with 33 bits so that k·first is exact up to k = 2^20. Angles beyond 1e9
// carry no phase in float any more and count as 0.
inline void sinCos(double x, double& s, double& c) {
  if (!(std::fabs(x) < 1e9)) {
    const bool isFinite = std::fabs(x) <= std::numeric_limits<double>::max();
    s = isFinite ? 0.0 : std::numeric_limits<double>::quiet_NaN();
    c = isFinite ? 1.0 : s;
    return;
  }
  const int64_t quadrant = floorToInteger(x * (1.0 / kHalfPi64) + 0.5);
  const double k = static_cast<double>(quadrant);
  const double r = (x - k * 1.57079632673412561417e+00) - k * 6.07710050650619224932e-11;
  const double sr = sinNearZero(r), cr = cosNearZero(r);
  switch (quadrant & 3) {
    case 0: s = sr, c = cr; break;
    case 1: s = cr, c = -sr; break;
    case 2: s = -sr, c = -cr; break;
    default: s = -cr, c = sr; break;
  }
}

// 2^x, saturating to 0 and infinity of double far outside the range of float.
inline double exp2(double x) {
  if (x != x) return x;
  if (x > 1000) return std::numeric_limits<double>::infinity();
  if (x < -1000) return 0;
  const int k = static_cast<int>(floorToInteger(x + 0.5));
  const double f = (x - k) * kLn2;
  double p = 1.0 / 39916800.0;
  p = p * f + 1.0 / 3628800.0;
  p = p * f + 1.0 / 362880.0;
  p = p * f + 1.0 / 40320.0;
  p = p * f + 1.0 / 5040.0;
  p = p * f + 1.0 / 720.0;
  p = p * f + 1.0 / 120.0;
  p = p * f + 1.0 / 24.0;
  p = p * f + 1.0 / 6.0;
  p = p * f + 0.5;
  p = p * f + 1.0;
  return (1.0 + f * p) * powerOfTwo(k);
}

// log2 of a positive, finite, normal double (every positive float is one): exponent, then the atanh series of the mantissa.
inline double log2(double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  bits = (bits & 0x000fffffffffffffull) | 0x3ff0000000000000ull;
  double m;
  std::memcpy(&m, &bits, sizeof m);
  if (m > 1.41421356237309504880) {
    m *= 0.5;
    exponent += 1;
  }
  const double s = (m - 1.0) / (m + 1.0), z = s * s;
  double p = 1.0 / 17.0;
  p = p * z + 1.0 / 15.0;
  p = p * z + 1.0 / 13.0;
  p = p * z + 1.0 / 11.0;
  p = p * z + 1.0 / 9.0;
  p = p * z + 1.0 / 7.0;
  p = p * z + 1.0 / 5.0;
  p = p * z + 1.0 / 3.0;
  return exponent + 2.0 * kLog2e * (s + s * (z * p));
}

// atan of t ≥ 0.
inline double atanPositive(double t) {
  double base = 0;
  if (t > 2.41421356237309504880) {
    base = kHalfPi64;
    t = -1.0 / t;
  } else if (t > 0.66) {
    base = kQuarterPi64;
    t = (t - 1.0) / (t + 1.0);
  }
  const double z = t * t;
  double p = -8.750608600031904122785e-1;
  p = p * z - 1.615753718733365076637e1;
  p = p * z - 7.500855792314704667340e1;
  p = p * z - 1.228866684490136173410e2;
  p = p * z - 6.485021904942025371773e1;
  double q = z + 2.485846490142306297962e1;
  q = q * z + 1.650270098316988542046e2;
  q = q * z + 4.328810604912902668951e2;
  q = q * z + 4.853903996359136964868e2;
  q = q * z + 1.945506571482613964425e2;
  return base + (t + t * (z * p / q));
}

// As std::atan2, but an infinite argument counts as NaN (no caller has directions at infinity).
inline double atan2(double y, double x) {
  if (x == 0 && y == 0) return std::copysign(std::signbit(x) ? kPi64 : 0.0, y);
  const double ax = std::fabs(x), ay = std::fabs(y);
  double a = ay <= ax ? atanPositive(ay / ax) : kHalfPi64 - atanPositive(ax / ay);
  if (std::signbit(x)) a = kPi64 - a;
  return std::copysign(a, y);
}

}  // namespace exact

inline void exactSinCos(float x, float& s, float& c) {
  double s64, c64;
  exact::sinCos(x, s64, c64);
  s = static_cast<float>(s64);
  c = static_cast<float>(c64);
}
inline float exactSin(float x) {
  float s, c;
  exactSinCos(x, s, c);
  return s;
}
inline float exactCos(float x) {
  float s, c;
  exactSinCos(x, s, c);
  return c;
}
inline float exactTan(float x) {
  double s, c;
  exact::sinCos(x, s, c);
  return static_cast<float>(s / c);
}

inline float exactExp(float x) { return static_cast<float>(exact::exp2(x * exact::kLog2e)); }
inline float exactExp2(float x) { return static_cast<float>(exact::exp2(x)); }

// log of 0 is −infinity, of a negative number NaN.
inline float exactLog2(float x) {
  if (x == 0) return -exact::kInfinity;
  if (!(x > 0)) return exact::kNan;
  if (x > std::numeric_limits<float>::max()) return x;
  return static_cast<float>(exact::log2(x));
}
inline float exactLog(float x) {
  if (!(x > 0) || x > std::numeric_limits<float>::max()) return exactLog2(x);
  return static_cast<float>(exact::log2(x) * exact::kLn2);
}

// For x ≥ 0; a negative base gives NaN whatever the exponent.
inline float exactPow(float x, float y) {
  if (y == 0 || x == 1) return 1;
  if (x == 0) return y > 0 ? 0.0f : (y < 0 ? exact::kInfinity : exact::kNan);
  if (!(x > 0)) return exact::kNan;
  if (x > std::numeric_limits<float>::max()) return y > 0 ? x : (y < 0 ? 0.0f : exact::kNan);
  return static_cast<float>(exact::exp2(y * exact::log2(x)));
}

inline float exactAtan2(float y, float x) { return static_cast<float>(exact::atan2(y, x)); }

// Outside [−1, 1] the argument is clamped: dot products of unit vectors may exceed 1 by rounding.
inline float exactAcos(float x) {
  if (x != x) return x;
  const double d = x < -1 ? -1.0 : (x > 1 ? 1.0 : static_cast<double>(x));
  return static_cast<float>(exact::atan2(std::sqrt((1 - d) * (1 + d)), d));
}
inline float exactAsin(float x) {
  if (x != x) return x;
  const double d = x < -1 ? -1.0 : (x > 1 ? 1.0 : static_cast<double>(x));
  return static_cast<float>(exact::atan2(d, std::sqrt((1 - d) * (1 + d))));
}

}  // namespace arras
