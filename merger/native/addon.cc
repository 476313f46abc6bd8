// The film's innermost loops: int32 sums and sample counts into the film, means and half floats out of it for who looks.
// They are what a merger does most: here they take a half to a tenth of the time that V8's code takes, and read a
// message's bytes where they lie, at any offset. Exact, however the compiler arranges them: sums are of integers below
// 2^53, and a mean is one scaling by a power of two, one division, one rounding.
#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "half.h"
#include "rectangle.h"

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

// addCount(counts: Uint32Array, offset, stridePx, widthPx, heightPx, count): void
void addCount(const Napi::CallbackInfo& info) {
  Napi::Uint32Array counts = info[0].As<Napi::Uint32Array>();
  const Rectangle rect = rectangleFromJs(info, 1, counts.ElementLength());
  const uint32_t count = info[5].As<Napi::Number>().Uint32Value();  // modulo 2^32, as JavaScript's own arithmetic
  eachRow(counts.Data(), rect, [&](uint32_t* row, size_t) {
    for (size_t x = 0; x < rect.width; x++) row[x] += count;
  });
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
  const uint32_t* all_counts = counts.Data();
  float* all_values = values.Data();
  eachRow(sums.Data(), rect, [&](const double* row, size_t y) {
    const uint32_t* count = all_counts + rect.offset + y * rect.stride;
    float* to = all_values + y * rect.width;
    for (size_t x = 0; x < rect.width; x++) to[x] = count[x] > 0 ? float(row[x] * scale / count[x]) : 0.0f;
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
  const float* __restrict from = values.Data();
  uint8_t* __restrict low = bytes.Data() + at;
  uint8_t* __restrict high = low + half_size_bytes;
  for (size_t i = 0; i < count; i++) {
    const uint32_t half = toHalf(from[i]);
    low[i] = uint8_t(half);
    high[i] = uint8_t(half >> 8);
  }
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("addInt32", Napi::Function::New(env, addInt32));
  exports.Set("addCount", Napi::Function::New(env, addCount));
  exports.Set("means", Napi::Function::New(env, means));
  exports.Set("splitHalves", Napi::Function::New(env, splitHalves));
  return exports;
}

}  // namespace

NODE_API_MODULE(film, initialise)

}  // namespace arras
