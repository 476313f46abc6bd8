// A picture that surfaces are painted with: 8-bit RGBA, decoded, wrapped and interpolated as glTF 2.0 section 3.8 says.
// No mip levels: a path tracer filters by its samples.
#pragma once

#include <cstdint>
#include <vector>

#include "vector.h"

namespace arras {

struct Texel {
  float r = 0, g = 0, b = 0, a = 0;

  Vec3 rgb() const { return {r, g, b}; }
};

enum class Wrap : uint8_t { Repeat, Mirror, Clamp };

struct Texture {
  uint32_t widthPx = 0, heightPx = 0;  // both at least 1
  std::vector<uint8_t> pixels;         // RGBA, rows top to bottom, widthPx · heightPx · 4 bytes
  bool isSrgb = false;                 // rgb (never alpha) is decoded before interpolation
  bool isNearest = false;
  Wrap wrapU = Wrap::Repeat, wrapV = Wrap::Repeat;

  // (0, 0) is the top left corner of the picture, v grows downwards. Any uv is allowed: infinite and NaN ones give
  // the first texel of their axis.
  Texel sample(Vec2 uv) const;
  // Alpha alone, for the many any-hit tests of cut-out leaves.
  float sampleAlpha(Vec2 uv) const;
};

}  // namespace arras
