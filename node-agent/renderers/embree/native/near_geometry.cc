#include "near_geometry.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace arras {
namespace {

constexpr size_t kLargePageBytes = size_t{2} << 20, kSmallBlockAlignment = 128;

}  // namespace

NearGeometry::NearGeometry(size_t sizeBytes) {
  const size_t alignment = sizeBytes >= kLargePageBytes ? kLargePageBytes : kSmallBlockAlignment;
  // In whole units of the alignment, as the C library asks for; pages that nobody writes to take no memory.
  const size_t blockBytes = (sizeBytes + alignment - 1) / alignment * alignment;
  block_.reset(static_cast<char*>(std::aligned_alloc(alignment, blockBytes)));
  if (!block_) throw std::bad_alloc();
#ifdef __linux__
  // A wish: where it is not granted, only time is lost. The last page stays small unless it is full.
  if (alignment == kLargePageBytes) madvise(block_.get(), sizeBytes / kLargePageBytes * kLargePageBytes, MADV_HUGEPAGE);
#endif
}

}  // namespace arras
