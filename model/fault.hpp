// Faults of a scenario: simulated failures, never ones of the simulator.
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
#include "model/state_table.hpp"

namespace cpuhp {

enum class FaultKind : std::uint8_t {
  Error,            ///< the callback returns `error`
  Delay,            ///< the callback, or the phase, takes `delay` longer
  Hang,             ///< the callback, or the phase, never returns
  NeverAlive,       ///< the AP shows no sign of life
  AliveLate,        ///< the AP's sign of life comes `delay` later than it should
  NeverReleased,    ///< the AP is alive, and does not go on after its release
  NeverDead,        ///< the CPU goes down and never says its last word
  DeadLate,         ///< its last word comes `delay` later
  RefusedTakedown,  ///< the architecture refuses to disable the CPU, with `error`
  Panic,            ///< the kernel dies in the callback or the phase
  Preempted,        ///< the vCPU loses its physical CPU for `delay`, with everything on it
  NoMemory,         ///< a callback returns -ENOMEM; without a state: there is no idle task
  Starved,          ///< cpuhp/N gets to run `delay` after it was woken
  LostWakeup,       ///< a wake-up is lost: of cpuhp/N, or of the control task that waits for it
  DoubledWakeup,    ///< the same wake-up comes twice
  LostIpi,          ///< the dying CPU's call to an online one is lost
  DoubledIpi,       ///< its interrupt comes twice
  NotOnline,        ///< the AP comes to its idle loop, and its online bit is not set
};
inline constexpr std::size_t kFaultKinds = static_cast<std::size_t>(FaultKind::NotOnline) + 1;
inline constexpr std::array<std::string_view, kFaultKinds> kFaultNames{
    "error",          "delay",       "hang",      "never_alive",      "alive_late",
    "never_released", "never_dead",  "dead_late", "refused_takedown", "panic",
    "preempted",      "no_memory",   "starved",   "lost_wakeup",      "doubled_wakeup",
    "lost_ipi",       "doubled_ipi", "not_online"};
constexpr std::string_view to_string(FaultKind kind) {
  return kFaultNames[static_cast<std::size_t>(kind)];
}

/// True for faults that strike in a callback of `state`, or in `phase`.
constexpr bool strikes_steps(FaultKind kind) {
  return kind == FaultKind::Error || kind == FaultKind::Delay || kind == FaultKind::Hang ||
         kind == FaultKind::Panic || kind == FaultKind::Preempted || kind == FaultKind::NoMemory;
}

/// The sleeper whose wake-up the fault strikes.
enum class Sleeper : std::uint8_t { Any, Thread, Control };
inline constexpr std::array<std::string_view, 3> kSleeperNames{"any", "cpuhp", "control"};

/// The word that an AP that does not come up has left for the control CPU (arm64:
/// secondary_data.status).
enum class BootStatus : std::uint8_t { None, Stuck, Panic };
inline constexpr std::array<std::string_view, 3> kBootStatusNames{"none", "stuck", "panic"};

struct Fault {
  FaultKind kind = FaultKind::Error;
  CpuId cpu = kNoCpu;  ///< the CPU that is plugged; kNoCpu: any
  StateId state = -1;  ///< for faults that strike steps; -1: any, or `phase`
  Direction direction = Direction::Up;
  std::optional<Phase> phase;       ///< in place of a state: the phase that is struck
  Sleeper sleeper = Sleeper::Any;   ///< LostWakeup, DoubledWakeup
  std::uint32_t nth = 1;            ///< the n-th time only, 0: every time
  std::uint16_t instance = 0xffff;  ///< instance of a multi-instance state; 0xffff: any
  /// That operation only, numbered from 0; `nth` counts from its begin.
  std::optional<std::uint32_t> during;
  bool rollback = false;  ///< only in a walk that has turned round
  /// Chance to strike at an occasion that fits, drawn from the seed.
  std::uint32_t chance_ppm = 1'000'000;
  BootStatus status = BootStatus::None;  ///< NeverAlive
  int error = -11;                       ///< -errno
  Ns delay{};
};

}  // namespace cpuhp
