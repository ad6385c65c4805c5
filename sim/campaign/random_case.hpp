// A random case: a few faults on a few CPUs, operations on these CPUs in any order, and readers.
#pragma once

#include <cstdint>
#include <vector>

#include "model/config.hpp"

namespace cpuhp {

struct RandomDraw {
  std::vector<CpuId> victims;
  std::vector<Operation> operations;  ///< `with` is an index into this list
  std::vector<Fault> faults;
  std::vector<LockReader> readers;
  std::optional<RcuConfig> rcu;  ///< policy and `busy`; no value: the scenario's own
  std::uint64_t seed = 0;        ///< seed of the machine
  std::uint32_t jitter = 1;      ///< MachineConfig::jitter
};

/// Makes a random case from the arguments alone. Chooses faults from `candidates`, and their CPUs.
RandomDraw draw_random_case(const MachineConfig& config, const std::vector<Fault>& candidates,
                            std::uint64_t seed, std::uint64_t index);

}  // namespace cpuhp
