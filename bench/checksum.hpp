// The checksum that every engine computes of the same work: equal sums prove equal work.
#pragma once

#include <cstdint>

#include "model/random.hpp"

namespace cpuhp::bench {

/// Numbers of the scenarios that work_scenarios.py writes.
inline constexpr std::int32_t kFirstStep = 8;
inline constexpr std::int64_t kLeastNs = 100, kMostNs = 1'000'000;

/// Returns the cost of a step, drawn as the simulator does: uniform, by CPU, state and instance.
inline std::int64_t cost(std::uint32_t cpu, std::uint32_t step, std::uint32_t instances) {
  constexpr std::uint32_t kStepStream = 2;
  const DrawKey key{
      .seed = 1,
      .stream = kStepStream,
      .cpu = cpu,
      .state = kFirstStep + static_cast<std::int32_t>(instances == 0 ? step : step / instances),
      .direction = 0,
      .occurrence = 1u << 8 | (instances == 0 ? 0u : instances - step % instances)};
  return kLeastNs + scale_bits(draw_bits(key), kMostNs - kLeastNs);
}

inline std::uint64_t stamp(std::int64_t time, std::uint32_t cpu, std::uint64_t step) {
  return static_cast<std::uint64_t>(time) * (2 * (step << 20 | cpu) + 1);
}

}  // namespace cpuhp::bench
