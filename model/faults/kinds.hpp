// The kinds of faults, one row each. A row has all that holds for its kind in general: what a
// scenario may write (schema and page), where campaigns try the kind, and what it may explain. The
// effect of a kind is coded where it strikes, in model/core.cpp and model/hotplug/.
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

/// The occasion on which a campaign tries a kind.
enum class Occasion : std::uint8_t {
  Callback,  ///< each callback
  BringUp,   ///< each bring-up: the AP's first sign of life, its release, its way to idle
  Takedown,  ///< each takedown: the architecture's consent, the dying CPU's report and last word
  Wakeup,    ///< each time that cpuhp/N is woken, or the task that waits for cpuhp/N
};

/// The fields that a kind takes besides those that all kinds have, as bits.
enum FaultFields : std::uint8_t {
  kNoField = 0,
  kStep = 1,    ///< `state`, `direction`, `instance`: the kind strikes callbacks
  kPhase = 2,   ///< `phase`: the kind strikes phases, too
  kDelay = 4,   ///< `delay_ns`
  kWakeup = 8,  ///< `wakeup`
  kStatus = 16  ///< `status`
};

struct FaultKindInfo {
  std::string_view name;  ///< name in scenarios
  std::string_view doc;   ///< one sentence
  Occasion occasion;
  std::uint8_t fields = kNoField;
  int error = 0;  ///< error that a struck callback returns unless the fault gives another; 0: none
  Explains explains = Explains::Nothing;

  constexpr bool takes(FaultFields field) const { return (fields & field) != 0; }
};

inline constexpr std::array<FaultKindInfo, kFaultKinds> kFaultKindInfos{{
    {"error", "The callback returns an error.", Occasion::Callback, kStep, -11},
    {"delay", "The callback takes longer than its cost.", Occasion::Callback,
     kStep | kPhase | kDelay},
    {"hang", "The callback never returns.", Occasion::Callback, kStep | kPhase, 0, Explains::Hang},
    {"never_alive", "The AP never reports that it is alive after its kick.", Occasion::BringUp,
     kStatus},
    {"alive_late", "The AP reports that it is alive later than it should.", Occasion::BringUp,
     kDelay},
    {"never_released", "The AP reports that it is alive, but does not continue after its release.",
     Occasion::BringUp, kNoField, 0, Explains::Hang},
    {"never_dead", "The CPU goes down, but never reports that it is dead.", Occasion::Takedown,
     kNoField, 0, Explains::Limbo},
    {"dead_late", "The CPU reports that it is dead later than it should.", Occasion::Takedown,
     kDelay, 0, Explains::Limbo},
    {"refused_takedown", "The architecture refuses to disable the CPU.", Occasion::Takedown,
     kNoField, -16},
    {"panic", "The kernel panics in the callback.", Occasion::Callback, kStep | kPhase, 0,
     Explains::Panic},
    {"preempted",
     "The hypervisor preempts the virtual CPU that runs the callback for a while: everything on "
     "this virtual CPU stands still.",
     Occasion::Callback, kStep | kPhase | kDelay},
    {"no_memory",
     "A memory allocation fails: in the callback (-ENOMEM), or, without `state`, for the idle task "
     "at the beginning of the bring-up.",
     Occasion::BringUp, kStep},
    {"starved", "The CPU's hotplug thread starts to run `delay_ns` later after a wake-up.",
     Occasion::Wakeup, kDelay},
    {"lost_wakeup",
     "A wake-up of the CPU's hotplug thread, or of the task that waits for the thread, is lost.",
     Occasion::Wakeup, kWakeup, 0, Explains::Hang},
    {"doubled_wakeup",
     "A wake-up of the CPU's hotplug thread, or of the task that waits for the thread, comes "
     "twice.",
     Occasion::Wakeup, kWakeup},
    {"lost_ipi", "The interrupt by which a dying CPU reports to the control CPU is lost.",
     Occasion::Takedown, kNoField, 0, Explains::Hang},
    {"doubled_ipi", "The interrupt by which a dying CPU reports to the control CPU comes twice.",
     Occasion::Takedown},
    // Up to 6.4 x86 spins for the online bit, without a time-out.
    {"not_online", "The AP reaches its idle loop, but its online bit is not set.",
     Occasion::BringUp, kNoField, 0, Explains::Hang},
    {"spurious_interrupt",
     "A spurious interrupt arrives on the CPU that runs the callback, and its handler takes time. "
     "While interrupts are off, the interrupt is an NMI.",
     Occasion::Callback, kStep | kPhase | kDelay},
}};

constexpr const FaultKindInfo& info(FaultKind kind) {
  return kFaultKindInfos[static_cast<std::size_t>(kind)];
}
constexpr std::string_view to_string(FaultKind kind) { return info(kind).name; }

/// The names of all kinds, in their order.
inline constexpr auto kFaultNames = [] {
  std::array<std::string_view, kFaultKinds> names{};
  for (std::size_t i = 0; i < kFaultKinds; ++i) names[i] = kFaultKindInfos[i].name;
  return names;
}();

}  // namespace cpuhp
