// The kinds of faults, one row each. A row tells what a scenario may write (for schema and page),
// where campaigns try the kind, and what the fault may cause. model/core.cpp and model/hotplug/
// have the code for the effect.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/events.hpp"

namespace cpuhp {

enum class FaultKind : std::uint8_t {
  Error,
  Delay,
  Hang,
  NeverAlive,
  AliveLate,
  NeverReleased,
  NeverDead,
  DeadLate,
  RefusedTakedown,
  Panic,
  Preempted,
  NoMemory,
  Starved,
  LostWakeup,
  DoubledWakeup,
  LostIpi,
  DoubledIpi,
  NotOnline,
  SpuriousInterrupt,
};
inline constexpr std::size_t kFaultKinds =
    static_cast<std::size_t>(FaultKind::SpuriousInterrupt) + 1;

/// Where a campaign tries a kind of fault.
enum class Occasion : std::uint8_t {
  Callback,  ///< at each callback
  BringUp,   ///< at each bring-up: the AP reports alive, is released, reaches its idle loop
  Takedown,  ///< at each takedown: the architecture agrees, the dying CPU reports twice
  Wakeup,    ///< at each wake-up of cpuhp/N, and of the task that waits for cpuhp/N
};

/// Bits for the fields of a kind, besides those that all kinds have.
enum FaultFields : std::uint8_t {
  kNoField = 0,
  kStep = 1,    ///< the fields `state`, `direction`, `instance`: the kind hits callbacks
  kPhase = 2,   ///< the field `phase`: the kind also hits phases
  kDelay = 4,   ///< the field `delay_ns`
  kWakeup = 8,  ///< the field `wakeup`
  kStatus = 16  ///< the field `status`
};

struct FaultKindInfo {
  std::string_view name;  ///< name in scenarios
  std::string_view doc;   ///< meaning in one sentence
  Occasion occasion;
  std::uint8_t fields = kNoField;
  /// error of the callback that is hit, unless the fault gives another one; 0: none
  int error = 0;
  Explains explains = Explains::Nothing;

  constexpr bool takes(FaultFields field) const { return (fields & field) != 0; }
};

inline constexpr std::array<FaultKindInfo, kFaultKinds> kFaultKindInfos{{
    {"error", "The callback returns an error.", Occasion::Callback, kStep, -11},
    {"delay", "The callback takes longer.", Occasion::Callback, kStep | kPhase | kDelay},
    {"hang", "The callback never returns.", Occasion::Callback, kStep | kPhase, 0, Explains::Hang},
    {"never_alive", "The AP shows no sign of life after its kick.", Occasion::BringUp, kStatus},
    {"alive_late", "The AP's first sign of life comes later than it should.", Occasion::BringUp,
     kDelay},
    {"never_released", "The AP is alive, but never gets on after its release.", Occasion::BringUp,
     kNoField, 0, Explains::Hang},
    {"never_dead", "The CPU goes down and never says its last word.", Occasion::Takedown, kNoField,
     0, Explains::Limbo},
    {"dead_late", "The CPU's last word comes later than it should.", Occasion::Takedown, kDelay, 0,
     Explains::Limbo},
    {"refused_takedown", "The architecture refuses to disable the CPU.", Occasion::Takedown,
     kNoField, -16},
    {"panic", "The kernel dies in the callback.", Occasion::Callback, kStep | kPhase, 0,
     Explains::Panic},
    {"preempted",
     "The virtual CPU that runs the callback loses its CPU for a while: with everything that "
     "happens on it.",
     Occasion::Callback, kStep | kPhase | kDelay},
    {"no_memory",
     "An allocation fails: of the callback (-ENOMEM), or, without `state`, of the idle task, "
     "before "
     "anything else.",
     Occasion::BringUp, kStep},
    {"starved", "The CPU's hotplug thread gets to run so much later than it was woken.",
     Occasion::Wakeup, kDelay},
    {"lost_wakeup", "A wake-up is lost.", Occasion::Wakeup, kWakeup, 0, Explains::Hang},
    {"doubled_wakeup", "A wake-up comes twice.", Occasion::Wakeup, kWakeup},
    {"lost_ipi", "The interrupt by which a dying CPU reports is lost.", Occasion::Takedown,
     kNoField, 0, Explains::Hang},
    {"doubled_ipi", "The interrupt by which a dying CPU reports comes twice.", Occasion::Takedown},
    // Up to 6.4 x86 spins for the online bit without a time-out.
    {"not_online", "The AP comes to its idle loop, and its online bit is not set.",
     Occasion::BringUp, kNoField, 0, Explains::Hang},
    {"spurious_interrupt",
     "An interrupt that nobody asked for strikes the CPU that runs the callback, and its handler "
     "takes time. Where interrupts are off, it is one that can't be masked.",
     Occasion::Callback, kStep | kPhase | kDelay},
}};

constexpr const FaultKindInfo& info(FaultKind kind) {
  return kFaultKindInfos[static_cast<std::size_t>(kind)];
}
constexpr std::string_view to_string(FaultKind kind) { return info(kind).name; }

/// Names of all kinds, by number.
inline constexpr auto kFaultNames = [] {
  std::array<std::string_view, kFaultKinds> names{};
  for (std::size_t i = 0; i < kFaultKinds; ++i) names[i] = kFaultKindInfos[i].name;
  return names;
}();

}  // namespace cpuhp
