// Implementation of charlie_lobe.h.
#include "charlie_lobe.h"

#include <algorithm>

#include "exact_math.h"

namespace arras {

// The fit's table gives r = 0 and 1; between them (1 − r)² mixes, r being glTF's alpha.
CharlieLobe::CharlieLobe(double roughness) {
  const double r = std::max(roughness, static_cast<double>(kSheenRoughnessMin)), alpha = r * r;
  exponent_ = 0.5 / alpha;
  norm_ = (2 + 1 / alpha) / (2 * exact::kPi64);
  const double t = (1 - alpha) * (1 - alpha);
  a_ = 21.5473 + t * (25.3245 - 21.5473);
  b_ = 3.82987 + t * (3.32435 - 3.82987);
  c_ = 0.19823 + t * (0.16801 - 0.19823);
  d_ = -1.97760 + t * (-1.27393 + 1.97760);
  e_ = -4.32054 + t * (-4.85967 + 4.32054);
}

double CharlieLobe::distribution(double cosHalfSquare) const {
  const double sineSquare = 1 - cosHalfSquare;
  return sineSquare > 0 ? norm_ * exact::exp2(exponent_ * exact::log2(sineSquare)) : 0;
}

double CharlieLobe::visibility(double cosOut, double cosIn) const {
  return 1 / ((1 + lambda(cosOut) + lambda(cosIn)) * 4 * cosOut * cosIn);
}

double CharlieLobe::lambda(double cosine) const {
  const auto fit = [&](double x) {
    return a_ / (1 + b_ * (x > 0 ? exact::exp2(c_ * exact::log2(x)) : 0)) + d_ * x + e_;
  };
  const double exponent = cosine < 0.5 ? fit(cosine) : 2 * fit(0.5) - fit(1 - cosine);
  return exact::exp2(exponent * exact::kLog2e);
}

}  // namespace arras
