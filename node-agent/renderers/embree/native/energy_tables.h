// The tables behind energy_table.h, and how they are looked up: bilinearly.
#pragma once

#include <algorithm>
#include <cmath>

#include "energy_table.h"

namespace arras {

// Cells are computed where the functions are smooth and then refined by cubics, so that bilinear lookups suffice.
constexpr int kCoarse = 41, kRefinement = 3, kFine = (kCoarse - 1) * kRefinement + 1;

struct Table {
  float cell[kFine][kFine];

  float at(float x, float y) const {
    const float px = clamped(x) * (kFine - 1), py = clamped(y) * (kFine - 1);
    const int i = std::min(static_cast<int>(px), kFine - 2), j = std::min(static_cast<int>(py), kFine - 2);
    const float fx = px - static_cast<float>(i), fy = py - static_cast<float>(j);
    const float *low = &cell[j][i], *high = &cell[j + 1][i];
    const float a = low[0] + (low[1] - low[0]) * fx, b = high[0] + (high[1] - high[0]) * fx;
    return a + (b - a) * fy;
  }

 private:
  static float clamped(float x) { return x > 0 ? (x < 1 ? x : 1.0f) : 0.0f; }
};

constexpr double kAlphaMin = 1e-5;

// The albedo depends on cosine / alpha where alpha is small (slopes scale), so that ratio is its axis; Fresnel depends
// on the cosine itself, steeply near 0.
struct EnergyTables {
  Table albedo, rise, sheen;
  float mean[kFine];

  GgxEnergy at(float cosine, float roughness) const {
    const float alpha = std::max(roughness * roughness, static_cast<float>(kAlphaMin));
    return {std::min(albedo.at(std::sqrt(cosine * (1 + alpha) / (cosine + alpha)), roughness), 1.0f),
            rise.at(std::sqrt(cosine), roughness)};
  }
};

}  // namespace arras
