// OpenEXR's threads belong to the whole process: one pool, set by the largest wish so far.
#pragma once

namespace arras {

/// 0 or 1: the calling thread works alone unless an earlier call made a pool.
void growThreadPool(int thread_count);

}  // namespace arras
