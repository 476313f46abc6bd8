// How much light the rough lobes reflect in total: directional albedos of GGX and Charlie by angle and roughness,
// computed once per process by fixed quadrature (so the same bits everywhere).
#pragma once

namespace arras {

// Of single-scattering GGX with height-correlated Smith masking.
struct GgxEnergy {
  float albedo;   // with a Fresnel factor of 1
  // Mean of fresnelRise(l·h) over what is reflected: with Fresnel the albedo is albedo · (F0 + (F90 − F0) · rise).
  float rise;
};

// cosine in (0, 1], roughness in [0, 1] (perceptual). The albedo is within 7e-4 of the integral.
GgxEnergy ggxEnergy(float cosine, float roughness);

// Mean of ggxEnergy().albedo over the hemisphere, weighted by the cosine.
float ggxMeanAlbedo(float roughness);

// Of CharlieLobe with colour 1. Exceeds 1 along the horizon where the roughness is below about 0.25.
float sheenAlbedo(float cosine, float roughness);

// Below this the Charlie lobe is a needle along the horizon that no sampling finds; its albedo is then below 1 % at
// any angle but grazing.
constexpr float kSheenRoughnessMin = 0.1f;

// Charlie sheen: Estevez and Kulla, "Production Friendly Microfacet Sheen BRDF", SIGGRAPH 2017 course, with the
// shadowing fit of their table 1 (KHR_materials_sheen names both). f = distribution · visibility.
class CharlieLobe {
 public:
  explicit CharlieLobe(double roughness);  // perceptual

  double distribution(double cosHalfSquare) const;
  double visibility(double cosOut, double cosIn) const;  // both positive

 private:
  double lambda(double cosine) const;

  double exponent_, norm_, a_, b_, c_, d_, e_;
};

}  // namespace arras
