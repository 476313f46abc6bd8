// What of the processor Embree's bits depend on beside its instruction set.
#pragma once

#include <string>

namespace arras {

// Of the processor's approximate reciprocals and inverse square roots, e.g. "rcp1c07e9d4": equal names, equal results.
// Embree starts from them (RCPPS, RSQRTPS) and refines once, so that a hit's last bits keep the difference. Their error is
// bounded (Intel's Software Developer's Manual and AMD's Architecture Programmer's Manual: 1.5 · 2⁻¹²), their bits are
// not: makers differ. Empty on AArch64, whose manual defines the bits (FRECPE, FRSQRTE).
std::string approximationsName();

}  // namespace arras
