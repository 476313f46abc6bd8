// Writes parts to one OpenEXR file. Knows nothing of JavaScript.
#pragma once

#include <string>
#include <vector>

#include "part.h"

namespace arras {

/// One part gives an ordinary single-part file, more a multi-part file. Finite values beyond half's range are clamped
/// to ±65504 in half channels; infinities and NaN stay. Throws std::exception; a partial file may then remain.
void writeFile(const std::string& path, const std::vector<PartToWrite>& parts, int thread_count);

}  // namespace arras
