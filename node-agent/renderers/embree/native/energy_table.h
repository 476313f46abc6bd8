// How much light the rough lobes reflect in total: directional albedos of GGX and Charlie by angle and roughness, in
// tables that the build makes (tables/): filling them takes 0.13 s, which each process would wait for at its first hit.
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

}  // namespace arras
