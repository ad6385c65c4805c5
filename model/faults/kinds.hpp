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

/// Where a campaign (a series of runs with faults) tries a kind of fault.
enum class Occasion : std::uint8_t {
  Callback,  ///< at each callback
  BringUp,   ///< at each bring-up: when the AP reports alive, is released, reaches its idle loop
  Takedown,  ///< at each takedown: when it may be refused, at the dying CPU's IPI, at its death
  Wakeup,    ///< at each wake-up of cpuhp/N, and of the task that waits for cpuhp/N
};

/// Bits for the fields that a scenario may give for a kind, besides the fields of all kinds.
enum FaultFields : std::uint8_t {
  kNoField = 0,
  kStep = 1,    ///< the fields `state`, `direction`, `instance`: the kind hits callbacks
  kPhase = 2,   ///< the field `phase`: the kind also hits phases
  kDelay = 4,   ///< the field `delay_ns`
  kWakeup = 8,  ///< the field `wakeup`
  kStatus = 16  ///< the field `status`
};

struct FaultKindInfo {
  FaultKind value;
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
    {FaultKind::Error, "error", "The callback returns an error.", Occasion::Callback, kStep, -11},
    {FaultKind::Delay, "delay", "The callback takes longer than its cost.", Occasion::Callback,
     kStep | kPhase | kDelay},
    {FaultKind::Hang, "hang", "The callback never returns.", Occasion::Callback, kStep | kPhase, 0,
     Explains::Hang},
    {FaultKind::NeverAlive, "never_alive", "The AP never reports that it is alive after its kick.",
     Occasion::BringUp, kStatus},
    {FaultKind::AliveLate, "alive_late", "The AP reports that it is alive later than it should.",
     Occasion::BringUp, kDelay},
    {FaultKind::NeverReleased, "never_released",
     "The AP reports that it is alive, but does not continue after its release.", Occasion::BringUp,
     kNoField, 0, Explains::Hang},
    {FaultKind::NeverDead, "never_dead", "The CPU goes down, but never reports that it is dead.",
     Occasion::Takedown, kNoField, 0, Explains::Limbo},
    {FaultKind::DeadLate, "dead_late", "The CPU reports that it is dead later than it should.",
     Occasion::Takedown, kDelay, 0, Explains::Limbo},
    {FaultKind::RefusedTakedown, "refused_takedown", "The architecture refuses to disable the CPU.",
     Occasion::Takedown, kNoField, -16},
    {FaultKind::Panic, "panic", "The kernel panics in the callback.", Occasion::Callback,
     kStep | kPhase, 0, Explains::Panic},
    {FaultKind::Preempted, "preempted",
     "The hypervisor preempts the virtual CPU that runs the callback for a while: everything on "
     "this virtual CPU stands still.",
     Occasion::Callback, kStep | kPhase | kDelay},
    {FaultKind::NoMemory, "no_memory",
     "A memory allocation fails: in the callback (-ENOMEM), or, without `state`, for the idle task "
     "at the beginning of the bring-up.",
     Occasion::BringUp, kStep},
    {FaultKind::Starved, "starved",
     "After a wake-up, the CPU's hotplug thread starts to run `delay_ns` later than it should.",
     Occasion::Wakeup, kDelay},
    {FaultKind::LostWakeup, "lost_wakeup",
     "A wake-up of the CPU's hotplug thread, or of the task that waits for the thread, is lost.",
     Occasion::Wakeup, kWakeup, 0, Explains::Hang},
    {FaultKind::DoubledWakeup, "doubled_wakeup",
     "A wake-up of the CPU's hotplug thread, or of the task that waits for the thread, comes "
     "twice.",
     Occasion::Wakeup, kWakeup},
    {FaultKind::LostIpi, "lost_ipi",
     "The interrupt by which a dying CPU reports to the control CPU is lost.", Occasion::Takedown,
     kNoField, 0, Explains::Hang},
    {FaultKind::DoubledIpi, "doubled_ipi",
     "The interrupt by which a dying CPU reports to the control CPU comes twice.",
     Occasion::Takedown},
    // The control CPU of x86 spun for the online bit without a time-out in kernels before 6.5.
    {FaultKind::NotOnline, "not_online",
     "The AP reaches its idle loop, but its online bit is not set.", Occasion::BringUp, kNoField, 0,
     Explains::Hang},
    {FaultKind::SpuriousInterrupt, "spurious_interrupt",
     "A spurious interrupt arrives on the CPU that runs the callback, and its handler takes time. "
     "While interrupts are off, the interrupt is an NMI.",
     Occasion::Callback, kStep | kPhase | kDelay},
}};

static_assert(in_order(kFaultKindInfos));

constexpr const FaultKindInfo& info(FaultKind kind) {
  return kFaultKindInfos[static_cast<std::size_t>(kind)];
}
constexpr std::string_view to_string(FaultKind kind) { return info(kind).name; }

inline constexpr auto kFaultNames = names_of(kFaultKindInfos);

}  // namespace cpuhp
