// Faults of a scenario: failures of the simulated machine, never failures of the simulator.
//
//   Fault error{.kind = FaultKind::Error, .cpu = 3, .state = 197, .error = -12};   // -ENOMEM
//   Fault stolen{.kind = FaultKind::Preempted, .cpu = 3, .phase = Phase::CpuInit, .delay = 10_ms};
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/costs.hpp"
#include "model/cpumask.hpp"
#include "model/faults/kinds.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

/// The sleeper whose wake-up the fault strikes.
enum class Sleeper : std::uint8_t { Any, Thread, Control };
inline constexpr std::array<Named<Sleeper>, 3> kSleepers{{
    {Sleeper::Any, "any", ""},
    {Sleeper::Thread, "cpuhp", "of the CPU's hotplug thread"},
    {Sleeper::Control, "control", "of the task that waits for that thread"},
}};
static_assert(in_order(kSleepers));

/// The word that an AP leaves for the control CPU when it does not come up (arm64:
/// secondary_data.status).
enum class BootStatus : std::uint8_t { None, Stuck, Panic };
inline constexpr std::array<Named<BootStatus>, 3> kBootStatuses{{
    {BootStatus::None, "none", "nothing"},
    {BootStatus::Stuck, "stuck", "that it is stuck"},
    {BootStatus::Panic, "panic", "that the kernel has to die for it"},
}};
static_assert(in_order(kBootStatuses));

struct Fault {
  FaultKind kind = FaultKind::Error;
  CpuId cpu = kNoCpu;  ///< the CPU that is plugged; kNoCpu: any
  StateId state = -1;  ///< for faults that strike steps; -1: any, or `phase`
  Direction direction = Direction::Up;
  std::optional<Phase> phase;       ///< phase that is struck, in place of a state
  Sleeper sleeper = Sleeper::Any;   ///< LostWakeup, DoubledWakeup
  std::uint32_t nth = 1;            ///< the n-th time only, 0: every time
  std::uint16_t instance = 0xffff;  ///< instance of a multi-instance state; 0xffff: any
  /// Strikes during that operation only, numbered from 0; `nth` counts from its begin.
  std::optional<std::uint32_t> during;
  bool rollback = false;  ///< only in a walk that has turned round
  /// Chance to strike at an occasion that fits, drawn from the seed.
  std::uint32_t chance_ppm = 1'000'000;
  BootStatus status = BootStatus::None;  ///< NeverAlive
  int error = -11;                       ///< -errno
  Ns delay{};
};

}  // namespace cpuhp
