// The random numbers of one path: Owen-scrambled Sobol points, addressed by seed, pixel and sample index. Nothing is kept
// between samples, so any computation that is given an address draws the same numbers.
//
// Every call takes the next dimension group: the first two Sobol dimensions, a (0, 2)-sequence, with its own order of the
// points and its own scrambling, both nested uniform. Groups are independent of each other ("padding"): all pairs are
// (0, m, 2)-nets, which wider groups give only to their first pair.
// B. Burley, "Practical Hash-based Owen Scrambling", JCGT 9(4), 2020; hash by N. Vegdahl, "Building a Better LK Hash", 2021.
#pragma once

#include <cstdint>

#include "vector.h"

namespace arras {

class Sampler {
 public:
  // x and y: the pixel; a negative one may wrap.
  Sampler(uint32_t seed, uint32_t x, uint32_t y, uint32_t sampleIndex)
      : key_(mix(mix(uint64_t{seed} << 32 | x) + y)), reversedIndex_(reverse(sampleIndex)) {}

  // In [0, 1), a multiple of 2^-24.
  float next1D() {
    const uint64_t group = nextGroup();
    return toFloat(scramble(orderedIndex(group), firstSeed(group)));
  }

  Vec2 next2D() {
    const uint64_t group = nextGroup();
    const uint32_t index = orderedIndex(group);
    return {toFloat(scramble(index, firstSeed(group))), toFloat(scramble(reversedSecond(index), secondSeed(group)))};
  }

 private:
  // Weyl's increment and the finaliser of SplitMix64 (variant 13 of D. Stafford, "Better Bit Mixing", 2011). 64 bits,
  // because in 32 some two pixels of a film would share the groups of one another.
  static constexpr uint64_t kIncrement = 0x9e3779b97f4a7c15u;
  static uint64_t mix(uint64_t x) {
    x += kIncrement;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }
  uint64_t nextGroup() { return mix(key_ += kIncrement); }

  static uint32_t firstSeed(uint64_t group) { return static_cast<uint32_t>(group >> 32); }
  static uint32_t secondSeed(uint64_t group) { return static_cast<uint32_t>((group * 0xd1342543de82ef95u) >> 32); }

  // The place of this sample in the group's order: aligned blocks of 2^k samples stay blocks of 2^k points.
  uint32_t orderedIndex(uint64_t group) const {
    return reverse(scramble(reversedIndex_, static_cast<uint32_t>(group)));
  }

  static uint32_t reverse(uint32_t x) {
    x = ((x >> 1) & 0x55555555u) | ((x & 0x55555555u) << 1);
    x = ((x >> 2) & 0x33333333u) | ((x & 0x33333333u) << 2);
    x = ((x >> 4) & 0x0f0f0f0fu) | ((x & 0x0f0f0f0fu) << 4);
    return __builtin_bswap32(x);
  }

  // Owen's scrambling, where the first binary digit is the lowest bit, in and out.
  static uint32_t scramble(uint32_t x, uint32_t seed) {
    x ^= x * 0x3d20adeau;
    x += seed;
    x *= (seed >> 16) | 1u;
    x ^= x * 0x05526c56u;
    return x ^ (x * 0x53a22864u);
  }

  // The second Sobol dimension, first digit lowest. (The first so written is the index itself.) Its generator matrix is
  // Pascal's triangle modulo 2, by Lucas' theorem the fifth Kronecker power of [1 1; 0 1]: one step for each factor
  // instead of one for each bit of the index.
  static uint32_t reversedSecond(uint32_t index) {
    index ^= index >> 16;
    index ^= (index >> 8) & 0x00ff00ffu;
    index ^= (index >> 4) & 0x0f0f0f0fu;
    index ^= (index >> 2) & 0x33333333u;
    return index ^ ((index >> 1) & 0x55555555u);
  }

  static float toFloat(uint32_t reversed) { return static_cast<float>(reverse(reversed) >> 8) * (1.0f / 16777216.0f); }

  uint64_t key_;
  uint32_t reversedIndex_;
};

}  // namespace arras
