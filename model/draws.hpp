// The random numbers of one case, one after another.
//
//   DrawSequence draws(0x300'0000, 7, 0);   // stream, seed, index
//   draws.below(6);                         // 0 to 5, the same for the same arguments
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/random.hpp"

namespace cpuhp {

/// A sequence of random numbers that depends on the constructor's arguments alone. `stream` keeps
/// sequences of different purposes apart, `index` those of one purpose.
class DrawSequence {
 public:
  DrawSequence(std::uint32_t stream, std::uint64_t seed, std::uint64_t index)
      : stream_(stream), seed_(mix64(seed) ^ index) {}
  std::uint64_t bits() {
    return draw_bits({.seed = seed_, .stream = stream_, .occurrence = drawn_++});
  }
  /// Returns 0 to n - 1.
  std::size_t below(std::size_t n) {
    return static_cast<std::size_t>(scale_bits(bits(), static_cast<std::int64_t>(n) - 1));
  }
  /// Returns `low` to `high`, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + scale_bits(bits(), high - low);
  }
  /// Returns an element of a list, which must not be empty.
  template <typename T>
  const T& one_of(const std::vector<T>& list) {
    return list[below(list.size())];
  }

 private:
  std::uint32_t stream_;
  std::uint64_t seed_;
  std::uint32_t drawn_ = 0;
};

}  // namespace cpuhp
