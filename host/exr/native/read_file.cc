// Reading through the multi-part interface, which serves single-part, scan line and tiled files alike.
#include "read_file.h"

#include <ImfFrameBuffer.h>
#include <ImfInputPart.h>
#include <ImfMultiPartInputFile.h>

#include <stdexcept>

#include "threads.h"

namespace arras {

std::vector<Imf::Header> readHeaders(const std::string& path) {
  const Imf::MultiPartInputFile file(path.c_str(), 0);
  std::vector<Imf::Header> headers;
  for (int i = 0; i < file.parts(); ++i) headers.push_back(file.header(i));
  return headers;
}

void readPlanes(const std::string& path, int part_index, const Imath::Box2i& data_window,
                const std::vector<PlaneToFill>& planes, int thread_count) {
  growThreadPool(thread_count);
  Imf::MultiPartInputFile file(path.c_str(), thread_count);
  if (part_index < 0 || part_index >= file.parts()) throw std::runtime_error("the part is not in the file");
  // The planes were sized by an earlier look at the header.
  if (file.header(part_index).dataWindow() != data_window) throw std::runtime_error("the file changed while it was read");
  Imf::InputPart part(file, part_index);
  Imf::FrameBuffer frame;
  for (const PlaneToFill& plane : planes) frame.insert(plane.name, Imf::Slice::Make(plane.type, plane.values, data_window));
  part.setFrameBuffer(frame);
  part.readPixels(data_window.min.y, data_window.max.y);
}

}  // namespace arras
