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

/// The task whose wake-up the fault hits.
enum class Sleeper : std::uint8_t { Any, Thread, Control };
inline constexpr std::array<Named<Sleeper>, 3> kSleepers{{
    {Sleeper::Any, "any", ""},
    {Sleeper::Thread, "cpuhp", "the wake-up of the CPU's hotplug thread"},
    {Sleeper::Control, "control", "the wake-up of the task that waits for the hotplug thread"},
}};
static_assert(in_order(kSleepers));

/// What an AP that does not come up reports to the control CPU (arm64: secondary_data.status).
enum class BootStatus : std::uint8_t { None, Stuck, Panic };
inline constexpr std::array<Named<BootStatus>, 3> kBootStatuses{{
    {BootStatus::None, "none", "the AP writes nothing"},
    {BootStatus::Stuck, "stuck", "the AP reports that it is stuck"},
    {BootStatus::Panic, "panic", "the AP requests a kernel panic"},
}};
static_assert(in_order(kBootStatuses));

struct Fault {
  FaultKind kind = FaultKind::Error;
  CpuId cpu = kNoCpu;  ///< the CPU that is plugged; kNoCpu: any
  StateId state = -1;  ///< for faults that hit callbacks; -1: any state, or the fault hits `phase`
  Direction direction = Direction::Up;
  std::optional<Phase> phase;       ///< phase that the fault hits, instead of a callback
  Sleeper sleeper = Sleeper::Any;   ///< for LostWakeup and DoubledWakeup
  std::uint32_t nth = 1;            ///< hits only the n-th time; 0: every time
  std::uint16_t instance = 0xffff;  ///< instance of a multi-instance state; 0xffff: any
  /// Number, from 0, of the only operation during which the fault hits. `nth` then counts only
  /// occasions of this operation.
  std::optional<std::uint32_t> during;
  bool rollback = false;  ///< hits only while a failed bring-up or takedown is undone
  /// Probability, in millionths, that an occasion that fits counts for `nth`. The seed decides.
  std::uint32_t chance_ppm = 1'000'000;
  BootStatus status = BootStatus::None;  ///< for NeverAlive
  int error = -11;                       ///< -errno
  Ns delay{};

  bool operator==(const Fault&) const = default;
};

}  // namespace cpuhp
