// The words of the sample debugger: one line for every event of a path.
#pragma once

#include <string>
#include <vector>

#include "lights.h"
#include "scene.h"
#include "surface.h"

namespace arras {

using PathLog = std::vector<std::string>;

void logCamera(PathLog& log, float filmX, float filmY, Vec3 origin, Vec3 direction);
void logHit(PathLog& log, const SurfacePoint& point, Vec3 emitted, Vec3 throughput);
void logLight(PathLog& log, const LightSample& light, float transmittance, Vec3 contribution);
void logScatter(PathLog& log, const char* lobe, const SurfaceSample& sample, Vec3 throughput);
void logRoulette(PathLog& log, float survival);
void logEscape(PathLog& log, Vec3 direction, Vec3 light, Vec3 throughput);
void logEnd(PathLog& log, Vec3 radiance);

}  // namespace arras
