// The pool's only setter. It never shrinks: shrinking waits for other files' work.
#include "threads.h"

#include <ImfThreading.h>

#include <mutex>

namespace arras {

void growThreadPool(int thread_count) {
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  const int wanted = thread_count > 1 ? thread_count : 0;
  if (wanted > Imf::globalThreadCount()) Imf::setGlobalThreadCount(wanted);
}

}  // namespace arras
