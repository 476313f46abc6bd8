// JavaScript values → the structures of part.h. Checks only what memory safety needs; write-exr.ts checks meaning.
#pragma once

#include <napi.h>

#include <vector>

#include "part.h"
#include "read_file.h"

namespace arras {

/// The typed arrays stay JavaScript's: keep `parts` referenced while the result is used. Throws Napi::TypeError.
std::vector<PartToWrite> partsFromJs(const Napi::Array& parts);

Imath::Box2i boxFromJs(const Napi::Value& value);

/// `[{name, values}]`, each at least `value_count` long; Uint32Array reads as UINT, Float32Array as FLOAT.
std::vector<PlaneToFill> planesFromJs(const Napi::Array& planes, size_t value_count);

}  // namespace arras
