#include "film_tile.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace arras {
namespace {

constexpr double kQuantumsPerUnit = 16777216.0;  // 2²⁴

void report(SampleReports& reports, SampleReport where, size_t reportsMax) {
  ++reports.count;
  if (reports.first.size() < reportsMax) reports.first.push_back(where);
}

template <class Stored, class Value>
std::vector<uint8_t> bytesOf(const std::vector<Value>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(Stored));
  for (size_t i = 0; i < values.size(); ++i) {
    const Stored stored = static_cast<Stored>(values[i]);
    std::memcpy(&bytes[i * sizeof(Stored)], &stored, sizeof(Stored));
  }
  return bytes;
}

template <class Value>
bool isConstant(const std::vector<Value>& values) {
  for (const Value& value : values) {
    if (value != values.front()) return false;
  }
  return true;
}

EncodedPlane encodeSums(const std::vector<int64_t>& sums) {
  using Encoding = EncodedPlane::Encoding;
  if (isConstant(sums)) return {Encoding::Constant, bytesOf<double>(std::vector<int64_t>(1, sums.front()))};
  for (const int64_t sum : sums) {
    if (sum < INT32_MIN || sum > INT32_MAX) return {Encoding::Float64, bytesOf<double>(sums)};
  }
  return {Encoding::Int32, bytesOf<int32_t>(sums)};
}

EncodedPlane encodeNearest(const std::vector<float>& values) {
  using Encoding = EncodedPlane::Encoding;
  if (isConstant(values)) return {Encoding::Constant, bytesOf<double>(std::vector<float>(1, values.front()))};
  return {Encoding::Float32, bytesOf<float>(values)};
}

// −0 becomes 0, so that the smaller of two equal values does not depend on their order.
float plainZero(float value) { return value + 0.0f; }

}  // namespace

FilmTile::FilmTile(uint32_t outputs, size_t pixelCount, double clampLimit, size_t reportsMax)
    : outputs_(outputs), clampLimit_(clampLimit), reportsMax_(reportsMax) {
  const struct {
    Output output;
    int first, count;
  } sums[] = {{kBeauty, 0, 3}, {kAlpha, 3, 1}, {kLuminance2, 4, 1}, {kAlbedo, 5, 3}, {kNormal, 8, 3}},
    nearest[] = {{kDepth, 0, 1}, {kPosition, 1, 3}, {kId, 4, 1}};
  for (const auto& row : sums) {
    for (int i = 0; (outputs & row.output) && i < row.count; ++i) sumChannels_.push_back(row.first + i);
  }
  for (const auto& row : nearest) {
    for (int i = 0; (outputs & row.output) && i < row.count; ++i) nearestChannels_.push_back(row.first + i);
  }
  sumPlanes_.resize(sumChannels_.size());
  nearestPlanes_.resize(nearestChannels_.size());
  for (auto& plane : sumPlanes_) plane.reserve(pixelCount);
  for (auto& plane : nearestPlanes_) plane.reserve(pixelCount);
  resetPixel();
}

void FilmTile::add(const SampleValues& sample, SampleReport where) {
  // A beauty that is not finite makes the whole sample black; other outputs lose only the value itself.
  const bool isBeautyFinite = isFinite(sample.beauty);
  const Vec3 beauty = isBeautyFinite ? sample.beauty : Vec3{};
  bool isClamped = false, isFiniteSample = isBeautyFinite;
  const auto quantise = [&](double value) {
    if (!std::isfinite(value)) {
      isFiniteSample = false;
      value = 0;
    } else if (std::fabs(value) > clampLimit_) {
      isClamped = true;
      value = std::copysign(clampLimit_, value);
    }
    return static_cast<int64_t>(std::llrint(value * kQuantumsPerUnit));
  };
  sums_[0] += quantise(beauty.x), sums_[1] += quantise(beauty.y), sums_[2] += quantise(beauty.z);
  sums_[3] += quantise(sample.alpha);
  if (outputs_ & kAlbedo) {
    sums_[5] += quantise(sample.albedo.x), sums_[6] += quantise(sample.albedo.y), sums_[7] += quantise(sample.albedo.z);
  }
  if (outputs_ & kNormal) {
    sums_[8] += quantise(sample.normal.x), sums_[9] += quantise(sample.normal.y), sums_[10] += quantise(sample.normal.z);
  }
  if (outputs_ & (kDepth | kPosition | kId)) addNearest(sample);
  if (isClamped) report(clamped_, where, reportsMax_);
  if (!isFiniteSample) report(nonFinite_, where, reportsMax_);
  // The square passes the limit for highlights that themselves do not; it only makes the error estimate smaller there,
  // so it is no clamped sample to be reported.
  const double luminanceOfSample = luminance(beauty);
  sums_[4] += quantise(std::fmin(luminanceOfSample * luminanceOfSample, clampLimit_));
}

void FilmTile::addNearest(const SampleValues& sample) {
  const float values[kNearestCount] = {plainZero(sample.depth), plainZero(sample.position.x),
                                       plainZero(sample.position.y), plainZero(sample.position.z), sample.id};
  if (!(values[0] < std::numeric_limits<float>::infinity()) || !isFinite(sample.position)) return;
  if (!(values[0] <= nearest_[0])) return;
  const bool isTie = values[0] == nearest_[0];
  nearest_[0] = values[0];
  // A tie is decided per output, a position as one tuple, by which the film decides too: so it does not matter how
  // ranges are cut (outputs.ts).
  if (!isTie || std::lexicographical_compare(values + 1, values + 4, nearest_ + 1, nearest_ + 4)) {
    std::copy(values + 1, values + 4, nearest_ + 1);
  }
  if (!isTie || values[4] < nearest_[4]) nearest_[4] = values[4];
}

void FilmTile::resetPixel() {
  for (int64_t& sum : sums_) sum = 0;
  for (float& value : nearest_) value = 0;
  nearest_[0] = std::numeric_limits<float>::infinity();
}

void FilmTile::endPixel() {
  for (size_t i = 0; i < sumChannels_.size(); ++i) sumPlanes_[i].push_back(sums_[sumChannels_[i]]);
  for (size_t i = 0; i < nearestChannels_.size(); ++i) nearestPlanes_[i].push_back(nearest_[nearestChannels_[i]]);
  resetPixel();
}

std::vector<EncodedPlane> FilmTile::encode() const {
  std::vector<EncodedPlane> planes;
  planes.reserve(sumPlanes_.size() + nearestPlanes_.size());
  for (const auto& plane : sumPlanes_) planes.push_back(encodeSums(plane));
  for (const auto& plane : nearestPlanes_) planes.push_back(encodeNearest(plane));
  return planes;
}

}  // namespace arras
