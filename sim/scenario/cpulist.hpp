// CPU lists as the kernel reads and prints them: "0-3,8", "0-15:2/4", "all" (bitmap_parselist).
//
//   CpuMask mask = parse_cpulist("0-2,5", 8).value();
//   print_cpulist(mask);                       // "0-2,5"
//   parse_cpulist("9", 8).error;               // "CPU 9 is out of range, expected 0 to 7"
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/cpumask.hpp"

namespace cpuhp {

/// A mask or, if the text is wrong, one sentence about the error and its position.
struct ParsedCpuList {
  std::optional<CpuMask> mask;
  std::string error;
  std::size_t offset = 0;  ///< byte offset of the error

  const CpuMask& value() const { return mask.value(); }
};

/// Parses numbers, ranges A-B, A-B:USED/GROUP (the first USED of each GROUP CPUs), "N" for the last
/// CPU, and "all". An empty text means no CPU. Every CPU must be below `nr_cpus`, the mask's size.
ParsedCpuList parse_cpulist(std::string_view text, CpuId nr_cpus);

/// Returns the mask as an ascending list with joined ranges: "0-2,5"; empty for no CPU.
std::string print_cpulist(const CpuMask& mask);

/// A JSON Schema pattern (ECMA 262) for the texts that parse_cpulist() accepts.
inline constexpr std::string_view kCpuListPattern =
    "^(all|([0-9]+|N)(-([0-9]+|N)(:[0-9]+/[0-9]+)?)?(,([0-9]+|N)(-([0-9]+|N)(:[0-9]+/[0-9]+)?)?)*)?"
    "$";

}  // namespace cpuhp
