// A set of CPUs (possible, present, online, active, dying, ...), as the kernel's cpumask.
//
//   CpuMask online(112);
//   online.set(3);
//   CpuId next = online.next(0);   // 3; online.weight() is 1
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace cpuhp {

/// Number of a logical CPU, 0 .. kMaxCpus-1.
using CpuId = std::uint32_t;

/// No CPU: the end of an iteration, or "not applicable".
inline constexpr CpuId kNoCpu = 0xffffffffu;
/// Upper limit of CPUs of a machine. A scenario with more is refused before memory is allocated.
inline constexpr CpuId kMaxCpus = 65'536;

class CpuMask {
 public:
  CpuMask() = default;
  explicit CpuMask(CpuId nr_cpus) : words_((nr_cpus + 63) / 64) {}

  bool test(CpuId cpu) const {
    return cpu / 64 < words_.size() && (words_[cpu / 64] >> (cpu % 64) & 1);
  }
  void set(CpuId cpu) {
    weight_ += test(cpu) ? 0 : 1;
    words_[cpu / 64] |= std::uint64_t{1} << (cpu % 64);
  }
  void clear(CpuId cpu) {
    weight_ -= test(cpu) ? 1 : 0;
    words_[cpu / 64] &= ~(std::uint64_t{1} << (cpu % 64));
  }
  void assign(CpuId cpu, bool on) { on ? set(cpu) : clear(cpu); }

  /// Returns the number of CPUs in the set; O(1).
  CpuId weight() const { return weight_; }
  bool empty() const { return weight_ == 0; }

  /// Returns the first CPU of the set at or after `from`, kNoCpu when there is none.
  CpuId next(CpuId from) const {
    for (std::size_t w = from / 64; w < words_.size(); ++w) {
      std::uint64_t bits = words_[w];
      if (w == from / 64) bits &= ~std::uint64_t{0} << (from % 64);
      if (bits != 0)
        return static_cast<CpuId>(w * 64 + static_cast<unsigned>(std::countr_zero(bits)));
    }
    return kNoCpu;
  }
  CpuId first() const { return next(0); }

  bool operator==(const CpuMask&) const = default;

 private:
  std::vector<std::uint64_t> words_;
  CpuId weight_ = 0;
};

}  // namespace cpuhp
