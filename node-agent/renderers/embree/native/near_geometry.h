// Memory for the copies of small scenes' triangles that a hit reads instead of following indices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace arras {

// Diffuse rays meet triangles in no order, so each hit waits for memory: with indices twice, one after the other. A copy
// of its three corners beside each triangle takes 128 bytes of it, 192 with tangents, where indices and shared vertices
// take some 40: worth 50 MB at most, which this many triangles take, and not what a scene of millions would.
constexpr size_t kNearTrianglesMax = size_t{1} << 18;

// One block, in large pages where the system has them: with small ones a hit would wait for the page tables instead.
class NearGeometry {
 public:
  NearGeometry() = default;
  // Throws std::bad_alloc.
  explicit NearGeometry(size_t sizeBytes);

  // The next `count` of the block, uninitialised. The size must have been asked for, and an alignment for each call.
  template <class Value>
  Value* take(size_t count) {
    usedBytes_ = (usedBytes_ + alignof(Value) - 1) / alignof(Value) * alignof(Value);
    char* first = block_.get() + usedBytes_;
    usedBytes_ += count * sizeof(Value);
    return reinterpret_cast<Value*>(first);
  }
  uint64_t sizeBytes() const { return usedBytes_; }

 private:
  struct Free {
    void operator()(char* block) const { std::free(block); }
  };
  std::unique_ptr<char, Free> block_;
  size_t usedBytes_ = 0;
};

}  // namespace arras
