#include "path_log.h"

#include <cstdarg>
#include <cstdio>

namespace arras {
namespace {

std::string text(const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  return line;
}

std::string triple(Vec3 v) {
  return text("(%.9g, %.9g, %.9g)", static_cast<double>(v.x), static_cast<double>(v.y), static_cast<double>(v.z));
}

}  // namespace

void logCamera(PathLog& log, float filmX, float filmY, Vec3 origin, Vec3 direction) {
  log.push_back(text("camera film (%.6f, %.6f) origin ", static_cast<double>(filmX), static_cast<double>(filmY)) +
                triple(origin) + " direction " + triple(direction));
}

void logHit(PathLog& log, const SurfacePoint& point, Vec3 emitted, Vec3 throughput) {
  log.push_back(text("hit object %u material %u instance %u triangle %u position ", point.objectId,
                     point.materialIndex, point.instanceIndex, point.primitiveIndex) +
                triple(point.position) + " normal " + triple(point.space.normal) + " emits " + triple(emitted) +
                " throughput " + triple(throughput));
}

void logLight(PathLog& log, const LightSample& light, float transmittance, Vec3 contribution) {
  log.push_back("  light direction " + triple(light.direction) + text(" distance %.9g density %.9g transmittance %.9g",
                                                                      static_cast<double>(light.distance),
                                                                      static_cast<double>(light.density),
                                                                      static_cast<double>(transmittance)) +
                " adds " + triple(contribution));
}

void logScatter(PathLog& log, const char* lobe, const SurfaceSample& sample, Vec3 throughput) {
  log.push_back(text("  scatter %s%s%s density %.9g direction ", lobe, sample.isDelta ? " (delta)" : "",
                     sample.isTransmission ? " (through)" : "", static_cast<double>(sample.density)) +
                triple(sample.direction) + " throughput " + triple(throughput));
}

void logRoulette(PathLog& log, float survival) {
  log.push_back(text("  ended by roulette, survival %.9g", static_cast<double>(survival)));
}

void logEscape(PathLog& log, Vec3 direction, Vec3 light, Vec3 throughput) {
  log.push_back("escape direction " + triple(direction) + " light " + triple(light) + " throughput " +
                triple(throughput));
}

void logEnd(PathLog& log, Vec3 radiance) {
  log.push_back("radiance " + triple(radiance));
}

}  // namespace arras
