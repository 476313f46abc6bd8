// Burley's diffuse reflection ("Physically-Based Shading at Disney", 2012; retro-reflection apart as in the 2015 course),
// which rough surfaces send back towards the light. Its directional albedo is a polynomial, so nothing is tabulated.
#pragma once

#include "vector.h"

namespace arras {

class Burley {
 public:
  Burley() = default;
  // `specular` is the strength of the interface (F90): without one the shape is Lambert's, 1 everywhere.
  Burley(float cosOut, float roughness, float specular)
      : cosOut_(cosOut), roughness_(roughness), specular_(specular), fresnelOut_(specular * schlick(cosOut)) {}

  // Relative to Lambert. cosBetween: of the angle between both directions.
  float shape(float cosIn, float cosBetween) const {
    if (specular_ == 0) return 1;
    const float in = specular_ * schlick(cosIn), out = fresnelOut_;
    const float retro = roughness_ * (1 + cosBetween);  // 2 · roughness · (l·h)²
    return (1 - 0.5f * out) * (1 - 0.5f * in) + retro * (in + out + in * out * (retro - 1));
  }

  // Mean of shape() over the hemisphere, weighted by the cosine: sums of ∫ 2 z^(n+1) (1 − z)⁵ dz = 1/21, 1/84, 1/252.
  float albedo() const {
    constexpr float k0 = 1 / 21.0f, k1 = 1 / 84.0f, k2 = 1 / 252.0f;
    const float c = cosOut_, s = specular_, out = fresnelOut_;
    const float square = 0.5f + c * (1 / 3.0f);                  // of (l·h)²
    const float squareIn = 0.5f * (k0 + c * k1);                 // of (l·h)² (1 − z)⁵
    const float fourthIn = 0.25f * (k0 + 2 * c * k1 + c * c * k2 + 0.5f * (1 - c * c) * (k0 - k2));
    return (1 - 0.5f * out) * (1 - 0.5f * s * k0) +
           2 * roughness_ * (s * squareIn + out * square - s * out * squareIn) +
           4 * roughness_ * roughness_ * s * out * fourthIn;
  }

 private:
  static float schlick(float cosine) {
    const float m = 1 - (cosine < 1 ? cosine : 1.0f), m2 = m * m;
    return m2 * m2 * m;
  }

  float cosOut_ = 1, roughness_ = 0, specular_ = 0, fresnelOut_ = 0;
};

}  // namespace arras
