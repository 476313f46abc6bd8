// One plane of a tile between the film and a checkpoint (proto/arras/v1/checkpoint.proto): so many bytes a pixel, at any
// alignment. Sums are integers below 2^53, so every conversion here is exact.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "rectangle.h"

namespace arras {

/// What the values of a plane lie between. NaN lies between nothing, but where both are infinite nothing is looked at.
struct Bounds {
  double least;
  double most;
};

/// Of sums, without NaN. Four at a time: no comparison waits for the one before.
inline Bounds extentOf(double* film, const Rectangle& rect) {
  constexpr size_t kLanes = 4;
  const double first = film[rect.offset];
  double least[kLanes] = {first, first, first, first};
  double most[kLanes] = {first, first, first, first};
  const auto take = [&](double value, size_t lane) {
    least[lane] = value < least[lane] ? value : least[lane];
    most[lane] = value > most[lane] ? value : most[lane];
  };
  eachRow(film, rect, [&](const double* row, size_t) {
    size_t x = 0;
    for (; x + kLanes <= rect.width; x += kLanes) {
      for (size_t lane = 0; lane < kLanes; lane++) take(row[x + lane], lane);
    }
    for (; x < rect.width; x++) take(row[x], 0);
  });
  for (size_t lane = 1; lane < kLanes; lane++) {
    take(least[lane], 0);
    take(most[lane], 0);
  }
  return {least[0], most[0]};
}

inline bool isConstant(float* film, const Rectangle& rect) {
  const float first = film[rect.offset];
  bool is_constant = true;
  eachRow(film, rect, [&](const float* row, size_t) {
    for (size_t x = 0; x < rect.width; x++) is_constant &= row[x] == first;
  });
  return is_constant;
}

template <typename Value>
Value valueAt(const uint8_t* bytes, size_t index) {
  Value value;
  std::memcpy(&value, bytes + index * sizeof value, sizeof value);
  return value;
}

template <typename Value>
void putAt(uint8_t* bytes, size_t index, Value value) {
  std::memcpy(bytes + index * sizeof value, &value, sizeof value);
}

/// Loops over a row do one thing each, so that compilers take several values at a time.
template <typename Element>
bool areWithin(const Element* row, size_t count, const Bounds& bounds) {
  if (bounds.least == -INFINITY && bounds.most == INFINITY) return true;
  const Element least = Element(bounds.least);
  const Element most = Element(bounds.most);
  size_t within_count = 0;
  for (size_t x = 0; x < count; x++) within_count += (row[x] >= least) & (row[x] <= most);
  return within_count == count;
}

/// Numbers of one type, row by row.
template <typename Value>
struct Plain {
  template <typename Element>
  static void pack(Element* film, const Rectangle& rect, uint8_t* bytes) {
    eachRow(film, rect, [&](const Element* row, size_t y) {
      uint8_t* to = bytes + y * rect.width * sizeof(Value);
      for (size_t x = 0; x < rect.width; x++) putAt(to, x, Value(row[x]));
    });
  }

  /// False where a value is not within `bounds`; the film has it all the same.
  template <typename Element>
  static bool unpack(Element* film, const Rectangle& rect, const uint8_t* bytes, const Bounds& bounds) {
    bool is_within = true;
    eachRow(film, rect, [&](Element* __restrict row, size_t y) {
      const uint8_t* __restrict from = bytes + y * rect.width * sizeof(Value);
      for (size_t x = 0; x < rect.width; x++) row[x] = Element(valueAt<Value>(from, x));
      is_within &= areWithin(row, rect.width, bounds);
    });
    return is_within;
  }
};

/// The low 32 bits of all numbers, then the high ones of all.
template <typename High>
struct Split {
  static void pack(double* film, const Rectangle& rect, uint8_t* bytes) {
    uint8_t* high_bytes = bytes + rect.area() * sizeof(uint32_t);
    eachRow(film, rect, [&](const double* row, size_t y) {
      const size_t first = y * rect.width;
      for (size_t x = 0; x < rect.width; x++) {
        const int64_t value = int64_t(row[x]);
        putAt(bytes, first + x, uint32_t(value));
        putAt(high_bytes, first + x, High(value >> 32));
      }
    });
  }

  static bool unpack(double* film, const Rectangle& rect, const uint8_t* bytes, const Bounds& bounds) {
    const uint8_t* high_bytes = bytes + rect.area() * sizeof(uint32_t);
    bool is_within = true;
    eachRow(film, rect, [&](double* __restrict row, size_t y) {
      const uint8_t* __restrict low_from = bytes + y * rect.width * sizeof(uint32_t);
      const uint8_t* __restrict high_from = high_bytes + y * rect.width * sizeof(High);
      for (size_t x = 0; x < rect.width; x++) {
        const double high = valueAt<High>(high_from, x);
        row[x] = high * 4294967296.0 + valueAt<uint32_t>(low_from, x);
      }
      is_within &= areWithin(row, rect.width, bounds);
    });
    return is_within;
  }
};

}  // namespace arras
