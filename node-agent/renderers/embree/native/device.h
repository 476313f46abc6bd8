// The Embree device with a pinned instruction set, so that a maker's newer processors compute the same bits.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "embree_api.h"

namespace arras {

class EmbreeDevice {
 public:
  // Throws std::runtime_error where Embree refuses.
  EmbreeDevice();
  ~EmbreeDevice();
  EmbreeDevice(const EmbreeDevice&) = delete;
  EmbreeDevice& operator=(const EmbreeDevice&) = delete;

  RTCDevice handle() const { return device_; }
  // E.g. "3.13.5".
  const std::string& version() const { return version_; }
  // E.g. "embree-3.13.5-avx2-rcp1c07e9d4": equal strings, equal bits.
  const std::string& instructionSet() const { return instructionSet_; }
  // What Embree holds at present, all scenes together.
  int64_t sizeBytes() const { return sizeBytes_.load(); }
  // Throws std::runtime_error with Embree's last error, if there is one; std::bad_alloc if memory was short.
  void throwOnError() const;

 private:
  RTCDevice device_ = nullptr;
  std::string version_, instructionSet_;
  std::atomic<int64_t> sizeBytes_{0};
};

// One device serves all scenes of the process.
std::shared_ptr<const EmbreeDevice> sharedDevice();

}  // namespace arras
