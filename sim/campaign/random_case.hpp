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

/// Has the case strike there, if nothing else goes wrong before: adds the fault, and begins with a
/// takedown and a bring-up of its CPU. `aim`: a fault that strikes in a run of the machine's own
/// operations, followed by these two.
void lead_to(RandomDraw& draw, const Fault& aim);

/// Returns the `turn`-th of the numbers 0 to n-1 in an order that follows from the seed. After n
/// turns they come again. `n` must not be 0.
std::size_t permuted(std::uint64_t turn, std::size_t n, std::uint64_t seed);

}  // namespace cpuhp
