// Implementation of the output stream declared in checked_file.h, on C's buffered files.
#include "checked_file.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace arras {

namespace {
constexpr size_t kStreamBufferBytes = 1 << 20;
}

CheckedFile::CheckedFile(const std::string& path) : OStream(path.c_str()) {
  // "e": a renderer that is launched meanwhile does not inherit the file.
  file_ = std::fopen(path.c_str(), "wbe");
  if (file_ == nullptr) fail("cannot open");
  std::setvbuf(file_, nullptr, _IOFBF, kStreamBufferBytes);
}

CheckedFile::~CheckedFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void CheckedFile::write(const char bytes[], int count) {
  if (std::fwrite(bytes, 1, size_t(count), file_) != size_t(count)) fail("cannot write");
}

uint64_t CheckedFile::tellp() {
  const off_t position = ftello(file_);
  if (position < 0) fail("cannot tell the position");
  return uint64_t(position);
}

void CheckedFile::seekp(uint64_t position) {
  if (fseeko(file_, off_t(position), SEEK_SET) != 0) fail("cannot seek");
}

void CheckedFile::close() {
  std::FILE* file = file_;
  file_ = nullptr;
  if (std::fclose(file) != 0 && first_error_.empty()) fail("cannot write");
  if (!first_error_.empty()) throw std::runtime_error(first_error_);
}

void CheckedFile::fail(const char* what) {
  const std::string text = std::string(what) + ": " + std::strerror(errno);
  if (first_error_.empty()) first_error_ = text;
  throw std::runtime_error(text);
}

}  // namespace arras
