// An output stream that notices what OpenEXR's own does not: a write that fails when the last block is flushed or the
// file is closed (a full disk), and a failure inside the library's destructor, which must swallow exceptions.
#pragma once

#include <ImfIO.h>

#include <cstdio>
#include <string>

namespace arras {

class CheckedFile : public Imf::OStream {
 public:
  /// Throws std::runtime_error with the system's text when the file cannot be opened.
  explicit CheckedFile(const std::string& path);
  ~CheckedFile() override;

  void write(const char bytes[], int count) override;
  uint64_t tellp() override;
  void seekp(uint64_t position) override;

  /// Flushes and closes; throws the first error of the stream's whole life.
  void close();

 private:
  [[noreturn]] void fail(const char* what);

  std::FILE* file_ = nullptr;
  std::string first_error_;
};

}  // namespace arras
