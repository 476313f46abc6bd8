// The random numbers of a sample: Owen-scrambled base-2 digital sequences, addressed by (seed, pixel, sample index,
// dimension) and by nothing else. There is no state between samples.
//
// Burley, "Practical Hash-based Owen Scrambling", JCGT 9(4), 2020: groups of four dimensions, each group with its own
// order of the samples and its own scrambling. Of Sobol's own dimensions only the first two make good pairs, so the four
// are Pascal's matrices over GF(4) instead (Niederreiter, "Point sets and sequences with small discrepancy", 1987): all
// 4^k samples are a (0, k, 4)-net in base 4. Written in base 2 (compare Ahmed et al., "SZ Sequences", 2024; this form was
// found by exhaustive search) dimensions (0, 1) and (2, 3) are (0, 2)-sequences besides, as Sobol's first two.
#pragma once

#include <cstdint>

#include "vector.h"

namespace arras {

class Sampler {
 public:
  Sampler(uint32_t seed, uint32_t x, uint32_t y, uint32_t sampleIndex)
      : key_(mix(mix(uint64_t{y} << 32 | x) + seed)), reversedIndex_(reverse(sampleIndex)) {}

  // Every call, of either kind, takes the next pair of dimensions: one number and the pair after it are stratified
  // together (a choice and the point on what was chosen) if a group begins with them, as it does for even call counts.
  // All values are multiples of 2^-24 in [0, 1).
  float next1D() {
    Digits digits = nextPair();
    return fraction(scramble(digits.first, static_cast<uint32_t>(digits.seeds)));
  }

  Vec2 next2D() {
    Digits digits = nextPair();
    return {fraction(scramble(digits.first, static_cast<uint32_t>(digits.seeds))),
            fraction(scramble(digits.second, static_cast<uint32_t>(digits.seeds >> 32)))};
  }

 private:
  struct Digits {
    uint32_t first, second;  // most significant digit in bit 0
    uint64_t seeds;
  };

  Digits nextPair() {
    const bool isSecond = pairIndex_ & 1;
    if (!isSecond) {
      groupKey_ = mix(key_ + 0x9e3779b97f4a7c15ull * (pairIndex_ / 2 + 1));
      index_ = reverse(scramble(reversedIndex_, static_cast<uint32_t>(groupKey_ >> 32)));
    }
    ++pairIndex_;
    const uint64_t seeds = mix(groupKey_ + pairIndex_);
    if (!isSecond) return {index_, mixPlaces(pascal(index_)), seeds};
    return {pascalOmega(index_, false), mixPlaces(pascalOmega(index_, true)), seeds};
  }

  // Stafford's variant 13 of the SplitMix64 finaliser.
  static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
  }

  static uint32_t reverse(uint32_t x) {
    x = ((x >> 1) & 0x55555555u) | ((x & 0x55555555u) << 1);
    x = ((x >> 2) & 0x33333333u) | ((x & 0x33333333u) << 2);
    x = ((x >> 4) & 0x0f0f0f0fu) | ((x & 0x0f0f0f0fu) << 4);
    return __builtin_bswap32(x);
  }

  // Nested uniform scrambling of bit-reversed numbers: a bit is flipped depending on those below it. The constants are
  // N. Vegdahl's improvement (psychopath.io, "Building a Better LK Hash", 2021) of Laine and Karras's.
  static uint32_t scramble(uint32_t x, uint32_t seed) {
    x ^= x * 0x3d20adeau;
    x += seed;
    x *= (seed >> 16) | 1u;
    x ^= x * 0x05526c56u;
    return x ^ (x * 0x53a22864u);
  }

  // 24 bits are what a float holds, so the result never rounds up to 1.
  static float fraction(uint32_t reversed) {
    return static_cast<float>(reverse(reversed) >> 8) * (1.0f / 16777216.0f);
  }

  // Pascal's matrix over GF(4), whose elements are 2×2 bits, times the index as a vector of 16 base-4 digits. By Lucas
  // the matrix mod 2 is a Kronecker product of [1 1; 0 1], hence one step for each bit of the digit's place.
  static uint32_t pascal(uint32_t x) {
    x ^= (x >> 2) & 0x33333333u;
    x ^= (x >> 4) & 0x0f0f0f0fu;
    x ^= (x >> 8) & 0x00ff00ffu;
    return x ^ (x >> 16);
  }
  // The power ω (or ω²) of Pascal's matrix: the factor at distance 2^k is ω^(2^k), alternately ω and ω².
  static uint32_t pascalOmega(uint32_t x, bool isSquare) {
    x ^= timesOmega((x >> 2) & 0x33333333u, isSquare);
    x ^= timesOmega((x >> 4) & 0x0f0f0f0fu, !isSquare);
    x ^= timesOmega((x >> 8) & 0x00ff00ffu, isSquare);
    return x ^ timesOmega(x >> 16, !isSquare);
  }
  // (low, high) → (high, low + high), or for ω² → (low + high, low), for all 16 digits at once.
  static uint32_t timesOmega(uint32_t x, bool isSquare) {
    const uint32_t low = x & 0x55555555u, high = (x >> 1) & 0x55555555u;
    return isSquare ? (low ^ high) | low << 1 : high | (low ^ high) << 1;
  }
  // Multiplies each base-4 digit by [1 1; 0 1], without which pairs would be nets for powers of 4 only.
  static uint32_t mixPlaces(uint32_t x) { return x ^ ((x >> 1) & 0x55555555u); }

  uint64_t key_, groupKey_ = 0;
  uint32_t reversedIndex_, index_ = 0, pairIndex_ = 0;
};

}  // namespace arras
