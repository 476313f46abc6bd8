// The Embree device with a pinned instruction set, so that machines with newer processors compute the same bits.
#pragma once

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
  // E.g. "embree-3.13.5-avx2": equal strings, equal bits.
  const std::string& instructionSet() const { return instructionSet_; }
  // Throws std::runtime_error with Embree's last error, if there is one.
  void throwOnError() const;

 private:
  RTCDevice device_ = nullptr;
  std::string version_, instructionSet_;
};

// One device serves all scenes of the process.
std::shared_ptr<const EmbreeDevice> sharedDevice();

}  // namespace arras
