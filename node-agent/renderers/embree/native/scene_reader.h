// From the JavaScript form of a scene (node-agent/scene/description.ts; the exact shape is AddonInput in
// ../embree-addon.ts) to ours. Copies everything; main thread only.
#pragma once

#include <napi.h>

#include "prepared_scene.h"

namespace arras {

// Throws Napi::Error where the shape is wrong.
PrepareInput readPrepareInput(const Napi::Object& input);
SceneUpdate readUpdate(const Napi::Object& object);
UnitRequest readUnit(const Napi::Object& unit);

}  // namespace arras
