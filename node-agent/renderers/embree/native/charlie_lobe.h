// A rough lobe along the horizon, as of cloth.
#pragma once

namespace arras {

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
