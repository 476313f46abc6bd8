// Reads headers and pixels of one OpenEXR file. Knows nothing of JavaScript.
#pragma once

#include <ImathBox.h>
#include <ImfHeader.h>
#include <ImfPixelType.h>

#include <string>
#include <vector>

namespace arras {

struct PlaneToFill {
  std::string name;
  /// FLOAT (half channels are widened) or UINT.
  Imf::PixelType type;
  void* values;
};

/// All parts' headers. Throws std::exception when the file is missing or not OpenEXR.
std::vector<Imf::Header> readHeaders(const std::string& path);

/// Fills dense planes, data window's upper row first. `data_window` must be the header's: the caller allocated by it.
void readPlanes(const std::string& path, int part_index, const Imath::Box2i& data_window,
                const std::vector<PlaneToFill>& planes, int thread_count);

}  // namespace arras
