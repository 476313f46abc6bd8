// Implementation of texture.h: wrapping, decoding and interpolation.
#include "texture.h"

#include <cmath>

#include "exact_math.h"

namespace arras {
namespace {

// IEC 61966-2-1 decoding, and plain division, of all 256 codes.
struct CodeTables {
  float srgb[256], linear[256];

  CodeTables() {
    for (int code = 0; code < 256; ++code) {
      const double value = code / 255.0;
      linear[code] = static_cast<float>(value);
      const double power = value <= 0 ? 0 : exact::exp2(2.4 * exact::log2((value + 0.055) / 1.055));
      srgb[code] = static_cast<float>(value <= 0.04045 ? value / 12.92 : power);
    }
  }
};

const CodeTables kCodes;

// The two texels of one axis that a coordinate lies between, and how near it is to the second.
struct Span {
  uint32_t first, second;
  float fraction;
};

// x − ⌊x⌋ for |x| < 2^62, without the library call that std::floor is on processors before SSE 4.1.
float fraction(float x) {
  const float truncated = static_cast<float>(static_cast<int64_t>(x));
  return truncated > x ? x - (truncated - 1) : x - truncated;
}

// Brings a coordinate into [0, 1]. Beyond 2^24 nothing but the integer part is left of a float, so those give 0.
float wrapped(float coordinate, Wrap wrap) {
  if (wrap == Wrap::Clamp) return coordinate > 0 ? std::min(coordinate, 1.0f) : 0.0f;
  if (!(std::fabs(coordinate) < 16777216.0f)) return 0;
  if (wrap == Wrap::Repeat) return fraction(coordinate);
  const float turn = fraction(coordinate * 0.5f) * 2;
  return turn > 1 ? 2 - turn : turn;
}

Span linearSpan(float coordinate, uint32_t size, Wrap wrap) {
  if (!(std::fabs(coordinate) <= 3.4e38f)) return {0, 0, 0};
  // Half a texel back, and a whole one forth to keep it positive for the cast.
  const float position = wrapped(coordinate, wrap) * static_cast<float>(size) + 0.5f;
  const int64_t above = static_cast<int64_t>(position), first = above - 1, last = static_cast<int64_t>(size) - 1;
  const int64_t before = wrap == Wrap::Repeat ? last : 0, after = wrap == Wrap::Repeat ? 0 : last;
  // The position lies in [−0.5, size − 0.5], so each neighbour leaves the picture by one texel at most.
  const int64_t a = first < 0 ? before : std::min(first, last);
  const int64_t b = first + 1 > last ? after : first + 1;
  return {static_cast<uint32_t>(a), static_cast<uint32_t>(b), position - static_cast<float>(above)};
}

uint32_t nearestIndex(float coordinate, uint32_t size, Wrap wrap) {
  const float position = wrapped(coordinate, wrap) * static_cast<float>(size);
  const uint32_t index = static_cast<uint32_t>(position);
  // 1 is the far edge, and of a repeated picture its own beginning.
  if (index < size) return index;
  return wrap == Wrap::Repeat ? 0 : size - 1;
}

// In this form equal neighbours give their own value exactly: alpha 255 stays 1, which a cutoff of 1 depends on.
float bilinear(float v00, float v10, float v01, float v11, float fx, float fy) {
  const float upper = v00 + (v10 - v00) * fx, lower = v01 + (v11 - v01) * fx;
  return upper + (lower - upper) * fy;
}

}  // namespace

Texel Texture::sample(Vec2 uv) const {
  const float* decode = isSrgb ? kCodes.srgb : kCodes.linear;
  const auto at = [&](uint32_t x, uint32_t y) { return &pixels[(static_cast<size_t>(y) * widthPx + x) * 4]; };
  if (isNearest) {
    const uint8_t* p = at(nearestIndex(uv.x, widthPx, wrapU), nearestIndex(uv.y, heightPx, wrapV));
    return {decode[p[0]], decode[p[1]], decode[p[2]], kCodes.linear[p[3]]};
  }
  const Span x = linearSpan(uv.x, widthPx, wrapU), y = linearSpan(uv.y, heightPx, wrapV);
  const uint8_t* p00 = at(x.first, y.first);
  const uint8_t* p10 = at(x.second, y.first);
  const uint8_t* p01 = at(x.first, y.second);
  const uint8_t* p11 = at(x.second, y.second);
  const auto mix = [&](const float* table, int channel) {
    return bilinear(table[p00[channel]], table[p10[channel]], table[p01[channel]], table[p11[channel]], x.fraction,
                    y.fraction);
  };
  return {mix(decode, 0), mix(decode, 1), mix(decode, 2), mix(kCodes.linear, 3)};
}

float Texture::sampleAlpha(Vec2 uv) const {
  const auto alpha = [&](uint32_t x, uint32_t y) {
    return kCodes.linear[pixels[(static_cast<size_t>(y) * widthPx + x) * 4 + 3]];
  };
  if (isNearest) return alpha(nearestIndex(uv.x, widthPx, wrapU), nearestIndex(uv.y, heightPx, wrapV));
  const Span x = linearSpan(uv.x, widthPx, wrapU), y = linearSpan(uv.y, heightPx, wrapV);
  return bilinear(alpha(x.first, y.first), alpha(x.second, y.first), alpha(x.first, y.second),
                  alpha(x.second, y.second), x.fraction, y.fraction);
}

}  // namespace arras
