#include "device.h"

#include <new>
#include <stdexcept>

#include "approximations.h"

namespace arras {
namespace {

// Not higher than AVX2, which every machine of the last ten years has: a session's machines shall agree on their bits,
// and single rays gain little from AVX-512.
const char* pinnedIsa() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "avx2";
  if (__builtin_cpu_supports("avx")) return "avx";
  if (__builtin_cpu_supports("sse4.2")) return "sse4.2";
  return "sse2";
#else
  return "neon";
#endif
}

std::string embreeVersion(RTCDevice device) {
  const auto part = [device](RTCDeviceProperty property) {
    return std::to_string(static_cast<long long>(rtcGetDeviceProperty(device, property)));
  };
  return part(RTC_DEVICE_PROPERTY_VERSION_MAJOR) + "." + part(RTC_DEVICE_PROPERTY_VERSION_MINOR) + "." +
         part(RTC_DEVICE_PROPERTY_VERSION_PATCH);
}

const char* errorName(RTCError error) {
  switch (error) {
    case RTC_ERROR_OUT_OF_MEMORY: return "out of memory";
    case RTC_ERROR_UNSUPPORTED_CPU: return "unsupported processor";
    case RTC_ERROR_INVALID_ARGUMENT: return "invalid argument";
    case RTC_ERROR_INVALID_OPERATION: return "invalid operation";
    case RTC_ERROR_CANCELLED: return "cancelled";
    default: return "unknown error";
  }
}

}  // namespace

EmbreeDevice::EmbreeDevice() {
  const std::string isa = pinnedIsa();
  // One build thread: with more, the order of primitives in a leaf, and with it which of two coincident triangles
  // is hit, depends on their number.
  const std::string config = (isa == "neon" ? std::string() : "isa=" + isa + ",") + "threads=1";
  device_ = rtcNewDevice(config.c_str());
  if (!device_) throw std::runtime_error(std::string("Embree gave no device: ") + errorName(rtcGetDeviceError(nullptr)));
  const auto count = [](void* total, ssize_t bytes, bool) {
    *static_cast<std::atomic<int64_t>*>(total) += bytes;
    return true;
  };
  rtcSetDeviceMemoryMonitorFunction(device_, count, &sizeBytes_);
  version_ = embreeVersion(device_);
  const std::string approximations = approximationsName();
  instructionSet_ = "embree-" + version_ + "-" + isa + (approximations.empty() ? "" : "-" + approximations);
}

EmbreeDevice::~EmbreeDevice() { rtcReleaseDevice(device_); }

void EmbreeDevice::throwOnError() const {
  const RTCError error = rtcGetDeviceError(device_);
  if (error == RTC_ERROR_OUT_OF_MEMORY) throw std::bad_alloc();
  if (error != RTC_ERROR_NONE) throw std::runtime_error(std::string("Embree: ") + errorName(error));
}

std::shared_ptr<const EmbreeDevice> sharedDevice() {
  static const std::shared_ptr<const EmbreeDevice> device = std::make_shared<const EmbreeDevice>();
  return device;
}

}  // namespace arras
