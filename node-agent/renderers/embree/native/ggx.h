// The GGX microfacet distribution in its own frame (z is the normal): Trowbridge–Reitz with height-correlated Smith
// masking, sampled by its visible normals.
#pragma once

#include <cmath>

#include "exact_math.h"
#include "vector.h"

namespace arras {

// How far Fresnel's reflectance has risen from normal incidence (0) to grazing (1): the exact curve of a dielectric of index
// 1.5, of which Schlick's (1 − cos)⁵ falls short by a tenth over the hemisphere. One curve serves every index and metals
// too, as Schlick's does, so that one table of albedos suffices.
template <class Real>
Real fresnelRise(Real cosine) {
  const Real g = std::sqrt(Real(1.25) + cosine * cosine), minus = g - cosine, plus = g + cosine;
  const Real a = minus / plus, b = (cosine * plus - 1) / (cosine * minus + 1);
  const Real reflectance = Real(0.5) * a * a * (1 + b * b);
  return std::max((reflectance - Real(0.04)) * Real(1 / 0.96), Real(0));
}

// Its mean over the hemisphere, weighted by the cosine (for Schlick's: 1/21).
constexpr float kFresnelRiseMean = 0.0539353f;

// √(cos² + α² sin²), from which Smith's Λ follows as (this / cos − 1) / 2.
inline float smithRoot(float cosine, float alpha) {
  const float square = cosine * cosine;
  return std::sqrt(square + alpha * alpha * std::max(1 - square, 0.0f));
}

// Of one pair of directions above the surface.
struct GgxTerms {
  float value = 0;    // D · G₂ / (4 cos_out): the lobe times cos_in, without Fresnel
  float density = 0;  // with which sampleGgx() gives the incoming direction
  float rise = 0;     // fresnelRise(l·h)
};

inline GgxTerms ggxTerms(Vec3 outgoing, Vec3 incoming, float alpha) {
  GgxTerms terms;
  const Vec3 v = outgoing + incoming;  // the half vector times twice the cosine to it
  const float planar = v.x * v.x + v.y * v.y, square = planar + v.z * v.z;
  if (!(square > 0) || outgoing.z <= 0 || incoming.z <= 0) return terms;
  // D with the tangent of the half vector, since 1 − cos² loses every digit of a narrow lobe.
  const float alphaSquare = alpha * alpha, spread = planar + alphaSquare * v.z * v.z;
  const float ratio = square / spread;
  const float distribution = kInvPi * alphaSquare * ratio * ratio;
  const float rootOut = smithRoot(outgoing.z, alpha), rootIn = smithRoot(incoming.z, alpha);
  terms.value = distribution * incoming.z / (2 * (rootOut * incoming.z + rootIn * outgoing.z));
  terms.density = distribution / (2 * (outgoing.z + rootOut));
  terms.rise = fresnelRise(std::min(0.5f * std::sqrt(square), 1.0f));
  return terms;
}

// The outgoing direction mirrored at a visible microfacet; may lie below the surface. Dupuy and Benyoub, "Sampling
// Visible GGX Normals with Spherical Caps", HPG 2023.
inline Vec3 sampleGgx(Vec3 outgoing, float alpha, Vec2 u) {
  const Vec3 stretched = normalize(Vec3{outgoing.x * alpha, outgoing.y * alpha, outgoing.z});
  float s, c;
  exactSinCos(2 * kPi * u.x, s, c);
  const float z = (1 - u.y) * (1 + stretched.z) - stretched.z;
  const float radius = std::sqrt(std::max(1 - z * z, 0.0f));
  const Vec3 cap{radius * c + stretched.x, radius * s + stretched.y, z + stretched.z};
  const Vec3 half = normalize(Vec3{cap.x * alpha, cap.y * alpha, std::max(cap.z, 1e-12f)});
  return half * (2 * dot(outgoing, half)) - outgoing;
}

}  // namespace arras
