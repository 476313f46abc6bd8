// Writing: headers, then each part in bands of rows, so that only one band is held as half at a time.
#include "write_file.h"

#include <ImfChannelList.h>
#include <ImfDoubleAttribute.h>
#include <ImfFloatAttribute.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfIntAttribute.h>
#include <ImfMatrixAttribute.h>
#include <ImfMultiPartOutputFile.h>
#include <ImfOutputPart.h>
#include <ImfPartType.h>
#include <ImfStandardAttributes.h>
#include <ImfStringAttribute.h>
#include <ImfTiledOutputPart.h>
#include <ImfVecAttribute.h>
#include <half.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <type_traits>

#include "checked_file.h"
#include "threads.h"

namespace arras {
namespace {

/// A multiple of every compression's block (1, 16, 32, 256 lines) and enough blocks to keep several threads busy.
constexpr int64_t kBandRows = 256;

void insertAttribute(Imf::Header& header, const AttributeToWrite& attribute) {
  const char* name = attribute.name.c_str();
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Imf::Chromaticities>) {
          header.insert(name, Imf::ChromaticitiesAttribute(value));
        } else {
          header.insert(name, Imf::TypedAttribute<T>(value));
        }
      },
      attribute.value);
}

Imf::Header makeHeader(const PartToWrite& part) {
  Imf::Header header(part.display_window, part.data_window, part.pixel_aspect_ratio, Imath::V2f(0, 0), 1,
                     Imf::INCREASING_Y, part.compression);
  if (!part.name.empty()) header.setName(part.name);
  header.setType(part.tile_size > 0 ? Imf::TILEDIMAGE : Imf::SCANLINEIMAGE);
  if (part.tile_size > 0) {
    header.setTileDescription(Imf::TileDescription(part.tile_size, part.tile_size, Imf::ONE_LEVEL));
  }
  if (part.dwa_level >= 0) header.dwaCompressionLevel() = part.dwa_level;
  for (const ChannelToWrite& channel : part.channels) header.channels().insert(channel.name, Imf::Channel(channel.type));
  for (const AttributeToWrite& attribute : part.attributes) insertAttribute(header, attribute);
  return header;
}

half toHalf(float value) {
  return half(std::isfinite(value) ? std::clamp(value, -float(HALF_MAX), float(HALF_MAX)) : value);
}

/// Rows [row_begin, row_end) of a part (0 is the data window's first), as slices; half channels in planes of its own.
class Band {
 public:
  explicit Band(const PartToWrite& part, int64_t rows_max) : part_(part) {
    for (const ChannelToWrite& channel : part.channels) {
      const bool is_half = channel.type == Imf::HALF;
      halves_.emplace_back(is_half ? size_t(part.width() * std::min(rows_max, part.height())) : 0);
    }
  }

  Imf::FrameBuffer load(int64_t row_begin, int64_t row_end) {
    Imf::FrameBuffer frame;
    const Imath::V2i origin(part_.data_window.min.x, int(part_.data_window.min.y + row_begin));
    const int64_t rows = row_end - row_begin;
    for (size_t c = 0; c < part_.channels.size(); ++c) {
      const ChannelToWrite& channel = part_.channels[c];
      const size_t first = size_t(row_begin * part_.width()) * channel.stride;
      const void* source = static_cast<const char*>(channel.first) + first * sizeof(float);
      if (channel.type == Imf::HALF) {
        convert(static_cast<const float*>(source), channel.stride, size_t(rows * part_.width()), halves_[c]);
        frame.insert(channel.name, Imf::Slice::Make(Imf::HALF, halves_[c].data(), origin, part_.width(), rows));
      } else {
        const size_t step = channel.stride * sizeof(float);
        frame.insert(channel.name, Imf::Slice::Make(channel.type, source, origin, part_.width(), rows, step,
                                                    step * size_t(part_.width())));
      }
    }
    return frame;
  }

 private:
  static void convert(const float* from, size_t stride, size_t count, std::vector<half>& to) {
    for (size_t i = 0; i < count; ++i) to[i] = toHalf(from[i * stride]);
  }

  const PartToWrite& part_;
  std::vector<std::vector<half>> halves_;
};

void writeScanLines(Imf::MultiPartOutputFile& file, int index, const PartToWrite& part) {
  Imf::OutputPart output(file, index);
  Band band(part, kBandRows);
  for (int64_t row = 0; row < part.height(); row += kBandRows) {
    const int64_t end = std::min(row + kBandRows, part.height());
    output.setFrameBuffer(band.load(row, end));
    output.writePixels(int(end - row));
  }
}

void writeTiles(Imf::MultiPartOutputFile& file, int index, const PartToWrite& part) {
  Imf::TiledOutputPart output(file, index);
  const int64_t tile = part.tile_size;
  Band band(part, tile);
  for (int ty = 0; ty < output.numYTiles(); ++ty) {
    output.setFrameBuffer(band.load(ty * tile, std::min((ty + 1) * tile, part.height())));
    output.writeTiles(0, output.numXTiles() - 1, ty, ty);
  }
}

}  // namespace

void writeFile(const std::string& path, const std::vector<PartToWrite>& parts, int thread_count) {
  growThreadPool(thread_count);
  std::vector<Imf::Header> headers;
  for (const PartToWrite& part : parts) headers.push_back(makeHeader(part));
  CheckedFile stream(path);
  {
    Imf::MultiPartOutputFile file(stream, headers.data(), int(headers.size()), false, thread_count);
    for (size_t i = 0; i < parts.size(); ++i) {
      parts[i].tile_size > 0 ? writeTiles(file, int(i), parts[i]) : writeScanLines(file, int(i), parts[i]);
    }
    // The destructor writes the offset tables and drops their errors; close() brings them up again.
  }
  stream.close();
}

}  // namespace arras
