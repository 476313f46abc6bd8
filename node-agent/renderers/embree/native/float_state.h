// The floating point state that every thread renders in, the same on every machine: round to nearest, denormals
// flushed to zero (Embree asks for both flags; its traversal is slow without them).
#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace arras {

class FloatStateScope {
 public:
#if defined(__SSE2__)
  FloatStateScope() : saved_(_mm_getcsr()) {
    constexpr unsigned kMaskAllExceptions = 0x1f80, kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
    _mm_setcsr(kMaskAllExceptions | kFlushToZero | kDenormalsAreZero);
  }
  ~FloatStateScope() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#else
  // AArch64 rounds to nearest by default; its denormals stay, so its instruction set string differs from x86's.
  FloatStateScope() {}
#endif

 public:
  FloatStateScope(const FloatStateScope&) = delete;
  FloatStateScope& operator=(const FloatStateScope&) = delete;
};

}  // namespace arras
