// What the engine is while its machine is at rest: values, without a task, a queue or an action
// (docs/internals.md "At rest").
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/engine/engine.hpp"

namespace cpuhp {

/// A CPU that has nothing to do.
struct RestingCpu {
  enum class Mode : std::uint8_t { Idle, Running, Spinning };

  Ns frozen_until{};  ///< end of its latest interrupt handler
  Ns stoppable_since = kNever;
  Ns since{};       ///< until then `ledger` says how the CPU spent its time
  Ns stops_seen{};  ///< value of Clockwork::stops when `since` was set
  Ledger ledger;
  Mode mode = Mode::Idle;
  bool idle_spins = false;
  bool handler_burns = false;  ///< the latest interrupt handler spins
  bool active = false;
  std::uint32_t started = 0;  ///< number of tasks started here
  bool operator==(const RestingCpu&) const = default;
};

/// The clock, and what the engine counts besides the CPUs.
struct Clockwork {
  Ns clock{};
  Ns stops{};         ///< total length of all stop_machine() so far
  Ns handlers_end{};  ///< end of the latest interrupt handler so far
  Ns stop_from{-1};   ///< the latest stop_machine()
  Ns stop_until{};
  CpuId stop_victim = kNoCpu;
  std::vector<CpuSpan> boot_cpu_time;
  Ns background_left{};
  std::optional<AtBoot> at_boot;
  bool operator==(const Clockwork&) const = default;
};

/// The task that runs while the machine is at rest. It has left its stack.
struct Asker {
  CpuId home = 0;            ///< CPU on which it was started
  std::uint32_t number = 0;  ///< index among all tasks started there
  CpuId cpu = 0;
  Role role = Role::Other;
  bool operator==(const Asker&) const = default;
};

struct RestingEngine : Clockwork {
  std::vector<RestingCpu> cpus;
  Asker asker;
  bool operator==(const RestingEngine&) const = default;
};

}  // namespace cpuhp
