// The sums of one unit: every sample is quantised to multiples of 2⁻²⁴ before it is added as an integer, so that a sum
// does not depend on how a sample range was cut (DESIGN section 7). Knows nothing about how samples come about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "vector.h"

namespace arras {

// What one camera path yields, one value a channel in the order of proto/outputs.ts.
struct SampleValues {
  Vec3 beauty;
  float alpha = 0;
  Vec3 albedo, normal;
  float depth = std::numeric_limits<float>::infinity();
  Vec3 position;
  float id = 0;
};

enum Output : uint32_t {
  kBeauty = 1 << 0,
  kAlpha = 1 << 1,
  kLuminance2 = 1 << 2,
  kAlbedo = 1 << 3,
  kNormal = 1 << 4,
  kDepth = 1 << 5,
  kPosition = 1 << 6,
  kId = 1 << 7,
};

struct UnitRequest {
  int32_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // half-open, y down, display window
  uint32_t sampleBegin = 0, sampleEnd = 0;
  int32_t stridePx = 1;
};

struct SampleReport {
  int32_t x, y;
  uint32_t sampleIndex;
};

// Clamped or non-finite samples: all are counted, the first few named.
struct SampleReports {
  uint64_t count = 0;
  std::vector<SampleReport> first;
};

// proto/wire-plane.ts.
struct EncodedPlane {
  enum class Encoding { Constant, Int32, Float64, Float32 } encoding;
  std::vector<uint8_t> bytes;
};

class FilmTile {
 public:
  // outputs: a set of Output bits. clampLimit: proto/film-spec.ts, sampleClampLimit.
  FilmTile(uint32_t outputs, size_t pixelCount, double clampLimit, size_t reportsMax);

  // Samples go to the current pixel until endPixel(); pixels come row by row.
  void add(const SampleValues& sample, SampleReport where);
  void endPixel();

  const SampleReports& clamped() const { return clamped_; }
  const SampleReports& nonFinite() const { return nonFinite_; }
  std::vector<EncodedPlane> encode() const;

 private:
  static constexpr int kSumCount = 11;      // beauty 3, alpha, luminance2, albedo 3, normal 3
  static constexpr int kNearestCount = 5;  // depth, position 3, id

  void addNearest(const SampleValues& sample);
  void resetPixel();

  uint32_t outputs_;
  double clampLimit_;
  size_t reportsMax_;
  int64_t sums_[kSumCount];
  float nearest_[kNearestCount];
  std::vector<int> sumChannels_, nearestChannels_;  // those that the outputs need
  std::vector<std::vector<int64_t>> sumPlanes_;
  std::vector<std::vector<float>> nearestPlanes_;
  SampleReports clamped_, nonFinite_;
};

}  // namespace arras
