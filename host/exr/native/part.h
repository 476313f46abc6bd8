// What is written: parts, channels and attributes as plain C++ values that the writing thread may use without JavaScript.
#pragma once

#include <ImathBox.h>
#include <ImathMatrix.h>
#include <ImathVec.h>
#include <ImfChromaticities.h>
#include <ImfCompression.h>
#include <ImfPixelType.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace arras {

struct ChannelToWrite {
  std::string name;
  /// HALF and FLOAT come from floats, UINT from 32-bit unsigned integers.
  Imf::PixelType type;
  /// The value of the data window's upper left pixel; the next pixel's lies `stride` elements on, rows are dense.
  const void* first;
  size_t stride;
};

using AttributeValue = std::variant<std::string, int32_t, float, double, Imath::V2i, Imath::V2f, Imath::V3f, Imath::M44f,
                                    Imf::Chromaticities>;

struct AttributeToWrite {
  std::string name;
  AttributeValue value;
};

struct PartToWrite {
  std::string name;
  /// 0: scan lines.
  uint32_t tile_size;
  Imf::Compression compression;
  Imath::Box2i data_window;
  Imath::Box2i display_window;
  float pixel_aspect_ratio;
  /// Negative: the library's default (45).
  float dwa_level;
  std::vector<ChannelToWrite> channels;
  std::vector<AttributeToWrite> attributes;

  int64_t width() const { return int64_t(data_window.max.x) - data_window.min.x + 1; }
  int64_t height() const { return int64_t(data_window.max.y) - data_window.min.y + 1; }
};

}  // namespace arras
