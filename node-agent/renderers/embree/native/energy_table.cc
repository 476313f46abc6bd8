// Implementation of energy_table.h.
#include "energy_table.h"

#include "charlie_lobe.h"
#include "energy_tables.h"

namespace arras {
namespace {

constexpr EnergyTables kTables =
#include "energy_tables.inc"
    ;

}  // namespace

GgxEnergy ggxEnergy(float cosine, float roughness) { return kTables.at(cosine, roughness); }

float ggxMeanAlbedo(float roughness) {
  const float position = roughness * (kFine - 1);
  const int row = std::min(static_cast<int>(position), kFine - 2);
  const float* mean = kTables.mean + row;
  return mean[0] + (mean[1] - mean[0]) * (position - static_cast<float>(row));
}

float sheenAlbedo(float cosine, float roughness) {
  return kTables.sheen.at(std::sqrt(cosine), (roughness - kSheenRoughnessMin) / (1 - kSheenRoughnessMin));
}

}  // namespace arras
