// An OpenEXR header → a JavaScript object (NativeHeader in exr-addon.ts).
#pragma once

#include <ImfHeader.h>
#include <napi.h>

namespace arras {

Napi::Object headerToJs(Napi::Env env, const Imf::Header& header);

}  // namespace arras
