// The film's innermost loops: sums and sample counts into the film, means and half floats out of it for who looks,
// a tile's planes out of it and into it for checkpoints, its values for its hash. They are what a merger does most: here
// they take a half to a tenth of the time that V8's code takes, and read a message's bytes where they lie, at any offset.
// Exact, however the compiler arranges them: sums are of integers below 2^53, and a mean is one scaling by a power of two,
// one division, one rounding.
#include <napi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "half.h"
#include "rectangle.h"
#include "runs_deflate.h"
#include "tile_plane.h"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace arras {
namespace {

/// `values`: little-endian int32, at any alignment.
void addInt32Row(double* __restrict film, const uint8_t* __restrict values, size_t width) {
  for (size_t x = 0; x < width; x++) {
    int32_t value;
    std::memcpy(&value, values + x * sizeof value, sizeof value);
    film[x] += value;
  }
}

// addInt32(film: Float64Array, offset, stridePx, widthPx, heightPx, values: Uint8Array): void
void addInt32(const Napi::CallbackInfo& info) {
  Napi::Float64Array film = info[0].As<Napi::Float64Array>();
  const Napi::Uint8Array values = info[5].As<Napi::Uint8Array>();
  const Rectangle rect = rectangleFromJs(info, 1, film.ElementLength());
  const size_t row_size_bytes = rect.width * sizeof(int32_t);
  if (row_size_bytes * rect.height != values.ByteLength()) {
    throw Napi::RangeError::New(info.Env(), "the values are not one int32 a pixel");
  }
  const uint8_t* from = values.Data();
  eachRow(film.Data(), rect, [&](double* row, size_t y) { addInt32Row(row, from + y * row_size_bytes, rect.width); });
}

// addFloat64(film: Float64Array, offset, stridePx, widthPx, heightPx, values: Float64Array): void
void addFloat64(const Napi::CallbackInfo& info) {
  Napi::Float64Array film = info[0].As<Napi::Float64Array>();
  const Napi::Float64Array values = info[5].As<Napi::Float64Array>();
  const Rectangle rect = rectangleFromJs(info, 1, film.ElementLength());
  if (values.ElementLength() != rect.area()) throw Napi::RangeError::New(info.Env(), "the values are not one a pixel");
  const double* from = values.Data();
  eachRow(film.Data(), rect, [&](double* row, size_t y) {
    for (size_t x = 0; x < rect.width; x++) row[x] += from[y * rect.width + x];
  });
}

// addConstant(film: Float64Array, offset, stridePx, widthPx, heightPx, value): void
void addConstant(const Napi::CallbackInfo& info) {
  Napi::Float64Array film = info[0].As<Napi::Float64Array>();
  const Rectangle rect = rectangleFromJs(info, 1, film.ElementLength());
  const double value = info[5].As<Napi::Number>().DoubleValue();
  eachRow(film.Data(), rect, [&](double* row, size_t) {
    for (size_t x = 0; x < rect.width; x++) row[x] += value;
  });
}

// addCount(counts: Uint32Array, offset, stridePx, widthPx, heightPx, count): void
void addCount(const Napi::CallbackInfo& info) {
  Napi::Uint32Array counts = info[0].As<Napi::Uint32Array>();
  const Rectangle rect = rectangleFromJs(info, 1, counts.ElementLength());
  const uint32_t count = info[5].As<Napi::Number>().Uint32Value();  // modulo 2^32, as JavaScript's own arithmetic
  eachRow(counts.Data(), rect, [&](uint32_t* row, size_t) {
    for (size_t x = 0; x < rect.width; x++) row[x] += count;
  });
}

/// `sums` times `scale` by `counts`; 0 where none is.
void meanRow(const double* __restrict sums, const uint32_t* __restrict counts, double scale, size_t width,
             float* __restrict values) {
  for (size_t x = 0; x < width; x++) {
    const uint32_t is_none = maskOf(counts[x] == 0);
    const float value = float(sums[x] * scale / double(counts[x] + (is_none & 1)));
    values[x] = floatOf(bitsOf(value) & ~is_none);
  }
}

void splitRow(const float* __restrict values, size_t count, uint8_t* __restrict low, uint8_t* __restrict high) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t half = toHalf(values[i]);
    low[i] = uint8_t(half);
    high[i] = uint8_t(half >> 8);
  }
}

// means(sums: Float64Array, offset, stridePx, widthPx, heightPx, counts: Uint32Array, scale, values: Float32Array): void
void means(const Napi::CallbackInfo& info) {
  Napi::Float64Array sums = info[0].As<Napi::Float64Array>();
  const Napi::Uint32Array counts = info[5].As<Napi::Uint32Array>();
  const double scale = info[6].As<Napi::Number>().DoubleValue();
  Napi::Float32Array values = info[7].As<Napi::Float32Array>();
  const Rectangle rect = rectangleFromJs(info, 1, sums.ElementLength());
  if (counts.ElementLength() != sums.ElementLength() || values.ElementLength() != rect.area()) {
    throw Napi::RangeError::New(info.Env(), "not one count a sum and one value a pixel");
  }
  const uint32_t* count = counts.Data() + rect.offset;
  float* to = values.Data();
  eachRow(sums.Data(), rect, [&](const double* row, size_t y) {
    meanRow(row, count + y * rect.stride, scale, rect.width, to + y * rect.width);
  });
}

// meansAsHalves(sums, offset, stridePx, widthPx, heightPx, counts: Uint32Array, scale, bytes: Uint8Array, at): void
// As `splitHalves` of what `means` gives.
void meansAsHalves(const Napi::CallbackInfo& info) {
  Napi::Float64Array sums = info[0].As<Napi::Float64Array>();
  const Napi::Uint32Array counts = info[5].As<Napi::Uint32Array>();
  const double scale = info[6].As<Napi::Number>().DoubleValue();
  Napi::Uint8Array bytes = info[7].As<Napi::Uint8Array>();
  const size_t at = info[8].As<Napi::Number>().Uint32Value();
  const Rectangle rect = rectangleFromJs(info, 1, sums.ElementLength());
  const size_t half_size_bytes = bytes.ByteLength() / 2;
  if (counts.ElementLength() != sums.ElementLength() || at + rect.area() > half_size_bytes) {
    throw Napi::RangeError::New(info.Env(), "not one count a sum, or the halves leave the bytes");
  }
  const uint32_t* count = counts.Data() + rect.offset;
  uint8_t* low = bytes.Data() + at;
  std::array<float, 64> values;
  eachRow(sums.Data(), rect, [&](const double* row, size_t y) {
    for (size_t x = 0; x < rect.width; x += values.size()) {
      const size_t width = std::min(values.size(), rect.width - x);
      meanRow(row + x, count + y * rect.stride + x, scale, width, values.data());
      splitRow(values.data(), width, low, low + half_size_bytes);
      low += width;
    }
  });
}

// splitHalves(values: Float32Array, bytes: Uint8Array, at): void
// The halves' low bytes from bytes[at] on, their high bytes half of `bytes` further.
void splitHalves(const Napi::CallbackInfo& info) {
  const Napi::Float32Array values = info[0].As<Napi::Float32Array>();
  Napi::Uint8Array bytes = info[1].As<Napi::Uint8Array>();
  const size_t at = info[2].As<Napi::Number>().Uint32Value();
  const size_t count = values.ElementLength();
  const size_t half_size_bytes = bytes.ByteLength() / 2;
  if (at + count > half_size_bytes) throw Napi::RangeError::New(info.Env(), "the halves leave the bytes");
  uint8_t* low = bytes.Data() + at;
  splitRow(values.Data(), count, low, low + half_size_bytes);
}

// deflateRuns(bytes: Uint8Array, deflated: Uint8Array, at): number
// One last block of raw deflate from deflated[at] on. Where it ends; 0: there is no room, and nothing is written.
Napi::Value deflateRuns(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array bytes = info[0].As<Napi::Uint8Array>();
  Napi::Uint8Array deflated = info[1].As<Napi::Uint8Array>();
  const size_t at = info[2].As<Napi::Number>().Uint32Value();
  if (bytes.ByteLength() == 0) return Napi::Number::New(info.Env(), 0);
  const RunsDeflate block(bytes.Data(), bytes.ByteLength());
  const size_t end = at + block.sizeBytes();
  if (end + RunsDeflate::kSpareBytes > deflated.ByteLength()) return Napi::Number::New(info.Env(), 0);
  block.write(deflated.Data() + at);
  return Napi::Number::New(info.Env(), double(end));
}

// extent(sums: Float64Array, offset, stridePx, widthPx, heightPx, leastAndMost: Float64Array): void
void extent(const Napi::CallbackInfo& info) {
  Napi::Float64Array sums = info[0].As<Napi::Float64Array>();
  Napi::Float64Array least_and_most = info[5].As<Napi::Float64Array>();
  const Rectangle rect = rectangleFromJs(info, 1, sums.ElementLength());
  if (least_and_most.ElementLength() != 2) throw Napi::RangeError::New(info.Env(), "no room for two numbers");
  const Bounds all = extentOf(sums.Data(), rect);
  least_and_most[0] = all.least;
  least_and_most[1] = all.most;
}

// isConstant(plane: Float32Array, offset, stridePx, widthPx, heightPx): boolean
Napi::Value isConstantFromJs(const Napi::CallbackInfo& info) {
  Napi::Float32Array plane = info[0].As<Napi::Float32Array>();
  const Rectangle rect = rectangleFromJs(info, 1, plane.ElementLength());
  return Napi::Boolean::New(info.Env(), isConstant(plane.Data(), rect));
}

/// Plane, rectangle, bytes a pixel and bytes are the first arguments. Calls `visit(plane, rect, bytes)`, where `plane`
/// points to doubles or floats, with the kind of number that so many bytes hold in such a plane.
template <typename Visit>
auto withPlaneFromJs(const Napi::CallbackInfo& info, Visit visit) {
  const Napi::TypedArray plane = info[0].As<Napi::TypedArray>();
  const Rectangle rect = rectangleFromJs(info, 1, plane.ElementLength());
  const uint32_t bytes_per_pixel = info[5].As<Napi::Number>().Uint32Value();
  Napi::Uint8Array bytes = info[6].As<Napi::Uint8Array>();
  if (bytes.ByteLength() != rect.area() * bytes_per_pixel) {
    throw Napi::RangeError::New(info.Env(), "the bytes are not as many as the pixels need");
  }
  if (plane.TypedArrayType() == napi_float64_array) {
    double* sums = plane.As<Napi::Float64Array>().Data();
    if (bytes_per_pixel == 4) return visit(Plain<int32_t>{}, sums, rect, bytes.Data());
    if (bytes_per_pixel == 5) return visit(Split<int8_t>{}, sums, rect, bytes.Data());
    if (bytes_per_pixel == 6) return visit(Split<int16_t>{}, sums, rect, bytes.Data());
    if (bytes_per_pixel == 8) return visit(Plain<double>{}, sums, rect, bytes.Data());
  } else if (bytes_per_pixel == 4) {
    return visit(Plain<float>{}, plane.As<Napi::Float32Array>().Data(), rect, bytes.Data());
  }
  throw Napi::RangeError::New(info.Env(), "no number of such a plane has so many bytes");
}

// packPlane(plane, offset, stridePx, widthPx, heightPx, bytesPerPixel, bytes: Uint8Array): void
void packPlane(const Napi::CallbackInfo& info) {
  withPlaneFromJs(info, [](auto form, auto* plane, const Rectangle& rect, uint8_t* bytes) {
    form.pack(plane, rect, bytes);
  });
}

// unpackPlane(plane, offset, stridePx, widthPx, heightPx, bytesPerPixel, bytes: Uint8Array, least, most): boolean
Napi::Value unpackPlane(const Napi::CallbackInfo& info) {
  const Bounds bounds{info[7].As<Napi::Number>().DoubleValue(), info[8].As<Napi::Number>().DoubleValue()};
  const bool is_sound = withPlaneFromJs(info, [&](auto form, auto* plane, const Rectangle& rect, const uint8_t* bytes) {
    return form.unpack(plane, rect, bytes, bounds);
  });
  return Napi::Boolean::New(info.Env(), is_sound);
}

// withoutMinusZero(plane: Float64Array | Float32Array, begin, values: of the same type): void
void withoutMinusZero(const Napi::CallbackInfo& info) {
  const Napi::TypedArray plane = info[0].As<Napi::TypedArray>();
  const Napi::TypedArray values = info[2].As<Napi::TypedArray>();
  const double begin = info[1].As<Napi::Number>().DoubleValue();
  const bool fits = begin >= 0 && begin + double(values.ElementLength()) <= double(plane.ElementLength());
  if (!fits || plane.TypedArrayType() != values.TypedArrayType()) {
    throw Napi::RangeError::New(info.Env(), "the values are not a part of such a plane");
  }
  const auto copy = [&](auto typed) {
    using Typed = decltype(typed);
    const auto* from = plane.As<Typed>().Data() + size_t(begin);
    // -0 + 0 is +0; everything else stays as it is.
    auto* to = values.As<Typed>().Data();
    std::transform(from, from + values.ElementLength(), to, [](auto value) { return value + 0; });
  };
  if (plane.TypedArrayType() == napi_float64_array) copy(Napi::Float64Array());
  else copy(Napi::Float32Array());
}

// leastMostAndSum(counts: Uint32Array, result: Float64Array): void
void leastMostAndSum(const Napi::CallbackInfo& info) {
  const Napi::Uint32Array counts = info[0].As<Napi::Uint32Array>();
  Napi::Float64Array result = info[1].As<Napi::Float64Array>();
  if (counts.ElementLength() == 0 || result.ElementLength() != 3) {
    throw Napi::RangeError::New(info.Env(), "no counts, or not three results");
  }
  uint32_t least = counts[0];
  uint32_t most = counts[0];
  uint64_t sum = 0;
  std::for_each(counts.Data(), counts.Data() + counts.ElementLength(), [&](uint32_t count) {
    least = std::min(least, count);
    most = std::max(most, count);
    sum += count;
  });
  result[0] = least;
  result[1] = most;
  result[2] = double(sum);
}

// wishLargePages(memory: ArrayBuffer): void
// Advice to the system, before the memory is touched for the first time; what it does with it is no matter.
void wishLargePages(const Napi::CallbackInfo& info) {
#ifdef MADV_HUGEPAGE
  Napi::ArrayBuffer memory = info[0].As<Napi::ArrayBuffer>();
  const uintptr_t page_size_bytes = uintptr_t(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = reinterpret_cast<uintptr_t>(memory.Data());
  const uintptr_t end = (begin + memory.ByteLength()) / page_size_bytes * page_size_bytes;
  const uintptr_t first_page = (begin + page_size_bytes - 1) / page_size_bytes * page_size_bytes;
  if (first_page < end) madvise(reinterpret_cast<void*>(first_page), end - first_page, MADV_HUGEPAGE);
#else
  (void)info;
#endif
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("addInt32", Napi::Function::New(env, addInt32));
  exports.Set("addFloat64", Napi::Function::New(env, addFloat64));
  exports.Set("addConstant", Napi::Function::New(env, addConstant));
  exports.Set("addCount", Napi::Function::New(env, addCount));
  exports.Set("means", Napi::Function::New(env, means));
  exports.Set("meansAsHalves", Napi::Function::New(env, meansAsHalves));
  exports.Set("deflateRuns", Napi::Function::New(env, deflateRuns));
  exports.Set("splitHalves", Napi::Function::New(env, splitHalves));
  exports.Set("withoutMinusZero", Napi::Function::New(env, withoutMinusZero));
  exports.Set("leastMostAndSum", Napi::Function::New(env, leastMostAndSum));
  exports.Set("wishLargePages", Napi::Function::New(env, wishLargePages));
  exports.Set("extent", Napi::Function::New(env, extent));
  exports.Set("isConstant", Napi::Function::New(env, isConstantFromJs));
  exports.Set("packPlane", Napi::Function::New(env, packPlane));
  exports.Set("unpackPlane", Napi::Function::New(env, unpackPlane));
  return exports;
}

}  // namespace

NODE_API_MODULE(film, initialise)

}  // namespace arras
