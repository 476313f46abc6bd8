// Raw deflate (RFC 1951) of bytes that come in runs and of which few are frequent: runs of one byte, and a Huffman code
// made for the rest. It looks for nothing else. For 16 KiB of half floats' high bytes zlib's fastest took 150 us, a ninth
// of that to begin; this takes a fifth, for as many bytes. libdeflate 1.14 at its fastest that compresses takes seven times
// as long as this, for 4 % fewer bytes of a tile (60 tiles of the demo's picture at 16 samples a pixel), and all else that
// a tile needs takes a quarter of that.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace arras {

class RunsDeflate {
 public:
  /// Behind what is written, so many bytes more are written over.
  static constexpr size_t kSpareBytes = 8;

  /// One last block. `from`: at least one byte.
  RunsDeflate(const uint8_t* from, size_t size_bytes) : from_(from), size_bytes_(size_bytes) {
    each([&](const uint8_t* literals, size_t count) { for (size_t i = 0; i < count; i++) counts_[literals[i]]++; },
         [&](size_t length) {
           const Length code(length);
           counts_[code.symbol]++;
           more_bits_ += code.extra_bits + kDistanceBits;
         });
    counts_[kEndOfBlock]++;
    makeLengths();
    makeCodes();
    for (size_t symbol = 0; symbol < kSymbolCount; symbol++) more_bits_ += uint64_t(counts_[symbol]) * lengths_[symbol];
    Bits sizes(nullptr);
    writeHead(sizes);
    deflated_size_bytes_ = (sizes.count() + more_bits_ + 7) / 8;
  }

  size_t sizeBytes() const { return deflated_size_bytes_; }

  /// `to`: of `sizeBytes()` and `kSpareBytes`.
  void write(uint8_t* to) const {
    Bits bits(to);
    writeHead(bits);
    each(
        [&](const uint8_t* literals, size_t count) {
          size_t i = 0;
          for (; i + 4 <= count; i += 4) {
            for (size_t next = i; next < i + 4; next++) bits.add(codes_[literals[next]], lengths_[literals[next]]);
            bits.flush();
          }
          for (; i < count; i++) put(bits, literals[i]);
        },
        [&](size_t length) {
          const Length code(length);
          put(bits, code.symbol);
          bits.add(code.extra, code.extra_bits);
          bits.add(0, kDistanceBits);
          bits.flush();
        });
    put(bits, kEndOfBlock);
  }

 private:
  static constexpr size_t kEndOfBlock = 256;
  static constexpr size_t kSymbolCount = 286;
  /// The only distance is 1, whose code is 0.
  static constexpr uint32_t kDistanceBits = 1;
  /// Four codes and what is not a whole byte yet fit into 64 bits.
  static constexpr uint32_t kCodeBitsMax = 14;
  /// So many symbols without a code.
  static constexpr uint32_t kZeros = 18;
  static constexpr size_t kZerosMin = 11;
  static constexpr size_t kZerosMax = 138;
  /// Runs are looked for in pieces of this, so that noise costs no branch a byte.
  static constexpr size_t kPieceBytes = 8;
  static constexpr size_t kRunBytesMax = 256;

  struct Length {
    uint32_t symbol;
    uint32_t extra;
    uint32_t extra_bits = 0;

    explicit Length(size_t length) {
      const uint32_t beyond = uint32_t(length) - 3;
      while (beyond >> (extra_bits + 3) != 0) extra_bits++;
      symbol = 257 + 4 * extra_bits + (beyond >> extra_bits);
      extra = beyond & ((1u << extra_bits) - 1);
    }
  };

  class Bits {
   public:
    /// nullptr: they are counted, no more.
    explicit Bits(uint8_t* to) : to_(to) {}

    void add(uint64_t value, uint32_t count) {
      pending_ |= value << pending_count_;
      pending_count_ += count;
    }

    /// At the latest after 56 bits.
    void flush() {
      const uint32_t byte_count = pending_count_ / 8;
      if (to_ != nullptr) std::memcpy(to_ + size_bytes_, &pending_, sizeof pending_);
      size_bytes_ += byte_count;
      pending_ >>= 8 * byte_count;
      pending_count_ -= 8 * byte_count;
    }

    uint64_t count() const { return 8 * uint64_t(size_bytes_) + pending_count_; }

   private:
    uint8_t* to_;
    size_t size_bytes_ = 0;
    uint64_t pending_ = 0;
    uint32_t pending_count_ = 0;
  };

  /// `literals(bytes, count)` and `run(length)` in turns: a run goes on with the byte before it.
  template <typename Literals, typename Run>
  void each(Literals literals, Run run) const {
    size_t at = 0;
    while (at < size_bytes_) {
      size_t run_bytes = 0;
      while (run_bytes < kRunBytesMax && isRun(at + run_bytes)) run_bytes += kPieceBytes;
      if (run_bytes > 0) {
        run(run_bytes);
        at += run_bytes;
        continue;
      }
      const size_t count = std::min(kPieceBytes, size_bytes_ - at);
      literals(from_ + at, count);
      at += count;
    }
  }

  bool isRun(size_t at) const {
    if (at == 0 || at + kPieceBytes > size_bytes_) return false;
    uint64_t piece;
    std::memcpy(&piece, from_ + at, sizeof piece);
    return piece == 0x0101010101010101u * from_[at - 1];
  }

  /// Of Huffman's code; where one were too long, of the code for counts that differ less.
  void makeLengths() {
    struct Node {
      uint32_t count;
      uint32_t parent;
    };
    std::vector<uint32_t> symbols;
    for (uint32_t symbol = 0; symbol < kSymbolCount; symbol++) if (counts_[symbol] > 0) symbols.push_back(symbol);
    std::sort(symbols.begin(), symbols.end(), [&](uint32_t a, uint32_t b) { return counts_[a] < counts_[b]; });
    const uint32_t leaf_count = uint32_t(symbols.size());
    std::vector<Node> nodes(2 * leaf_count - 1);
    for (uint32_t shift = 0;; shift++) {
      for (uint32_t i = 0; i < leaf_count; i++) nodes[i].count = std::max(1u, counts_[symbols[i]] >> shift);
      // Leaves and joined nodes both rise: the least is at the front of either.
      uint32_t leaf = 0;
      uint32_t joined = leaf_count;
      for (uint32_t next = leaf_count; next < nodes.size(); next++) {
        nodes[next].count = 0;
        for (int child = 0; child < 2; child++) {
          const bool is_leaf = leaf < leaf_count && (joined == next || nodes[leaf].count <= nodes[joined].count);
          Node& least = nodes[is_leaf ? leaf++ : joined++];
          least.parent = next;
          nodes[next].count += least.count;
        }
      }
      // `count` becomes the depth, from the root down.
      nodes.back().count = 0;
      uint32_t deepest = 0;
      for (size_t i = nodes.size() - 1; i-- > 0;) {
        nodes[i].count = nodes[nodes[i].parent].count + 1;
        deepest = std::max(deepest, nodes[i].count);
      }
      if (deepest <= kCodeBitsMax) break;
    }
    for (uint32_t i = 0; i < leaf_count; i++) lengths_[symbols[i]] = uint8_t(nodes[i].count);
  }

  /// By length, then by symbol (RFC 1951, 3.2.2); the first bit lowest.
  void makeCodes() {
    std::array<uint32_t, kCodeBitsMax + 2> next{};
    for (const uint8_t length : lengths_) if (length > 0) next[length + 1]++;
    for (size_t length = 1; length < next.size(); length++) next[length] = (next[length] + next[length - 1]) << 1;
    for (size_t symbol = 0; symbol < kSymbolCount; symbol++) {
      const uint32_t length = lengths_[symbol];
      if (length == 0) continue;
      const uint32_t code = next[length]++;
      for (uint32_t bit = 0; bit < length; bit++) codes_[symbol] |= uint16_t((code >> bit & 1) << (length - 1 - bit));
    }
  }

  void put(Bits& bits, size_t symbol) const {
    bits.add(codes_[symbol], lengths_[symbol]);
    bits.flush();
  }

  /// The block's head (RFC 1951, 3.2.7). The code of the code's lengths is always the same: 4 bits for 0 to 11 and for
  /// zeros, 5 for the others.
  void writeHead(Bits& bits) const {
    static constexpr uint8_t kOrder[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    bits.add(1 | 2 << 1, 3);
    bits.add(kSymbolCount - 257, 5);
    bits.add(0, 5);
    bits.add(sizeof kOrder - 4, 4);
    bits.flush();
    for (const uint8_t symbol : kOrder) {
      bits.add(lengthBits(symbol), 3);
      bits.flush();
    }
    for (size_t symbol = 0; symbol < kSymbolCount;) {
      size_t zeros = 0;
      while (symbol + zeros < kSymbolCount && zeros < kZerosMax && lengths_[symbol + zeros] == 0) zeros++;
      if (zeros >= kZerosMin) {
        putLength(bits, kZeros);
        bits.add(zeros - kZerosMin, 7);
        symbol += zeros;
      } else {
        putLength(bits, lengths_[symbol++]);
      }
      bits.flush();
    }
    putLength(bits, kDistanceBits);
    bits.flush();
  }

  static constexpr uint32_t lengthBits(uint32_t length_symbol) {
    return length_symbol <= 11 || length_symbol == kZeros ? 4 : 5;
  }

  static void putLength(Bits& bits, uint32_t length_symbol) {
    const uint32_t count = lengthBits(length_symbol);
    const uint32_t code = length_symbol == kZeros ? 12 : count == 4 ? length_symbol : length_symbol + 14;
    uint32_t reversed = 0;
    for (uint32_t bit = 0; bit < count; bit++) reversed |= (code >> bit & 1) << (count - 1 - bit);
    bits.add(reversed, count);
  }

  const uint8_t* from_;
  size_t size_bytes_;
  std::array<uint32_t, kSymbolCount> counts_{};
  std::array<uint8_t, kSymbolCount> lengths_{};
  std::array<uint16_t, kSymbolCount> codes_{};
  uint64_t more_bits_ = 0;
  size_t deflated_size_bytes_ = 0;
};

}  // namespace arras
