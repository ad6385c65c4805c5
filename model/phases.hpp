// The phases of hotplug: the work of the hardware and the hotplug core outside of callbacks, one
// row each. A row has the phase's name in profiles, scenarios and traces, its meaning, and its
// default cost.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/ns.hpp"
#include "model/rows.hpp"

namespace cpuhp {

enum class Phase : std::uint8_t {
  Kick,
  Alive,
  Microcode,
  CpuInit,
  Callin,
  Calibrate,
  TscSync,
  IdleEntry,
  KickCleanup,
  WakeUp,
  SpinExit,
  Ipi,
  IpiHandler,
  StopMachine,
  RcuSync,
  ParkThread,
  IrqMigrate,
  IdleDead,
  Die,
  VmExit,
  PollYield,
  SysfsStore,
  KworkerHop,
  Unattributed,
  CpuUp,
  BringupDone,
  RcuExpedited,
  DomainRebuild,
};

struct PhaseInfo {
  Phase value;
  std::string_view name;
  std::string_view doc;  ///< begins with the CPU that spends the time, if a CPU does
  Ns work{};             ///< default: CPU time
  Ns wait{};             ///< default: time asleep
};

/// The defaults are those of a modern bare-metal x86 (docs/kernel.md 5.3: INIT delay 0, SIPI 10 +
/// 10 us), with wake-ups and IPIs at the usual magnitude.
inline constexpr std::array<PhaseInfo, static_cast<std::size_t>(Phase::DomainRebuild) + 1>
    kPhaseInfos{{
        {Phase::Kick, "kick", "Control CPU: one kick (INIT/SIPI, PSCI CPU_ON, ...).", 20_us},
        {Phase::Alive, "alive", "AP hardware: from the kick to the AP's first kernel instruction.",
         350_us},
        {Phase::Microcode, "microcode", "AP: microcode update before the AP reports alive."},
        {Phase::CpuInit, "cpu_init",
         "AP: identification and set-up after the AP's release, with interrupts off.", 99_us},
        // docs/validation.md estimates this time from published boots with and without the flag.
        {Phase::Callin, "callin",
         "AP, up to 6.4: additional time of a start-up that uses the callin flag, compared "
         "with the split start-up of later kernels."},
        {Phase::Calibrate, "calibrate", "AP: delay calibration."},
        {Phase::TscSync, "tsc_sync",
         "AP and one partner CPU, with interrupts off: TSC synchronisation."},
        {Phase::IdleEntry, "idle_entry", "AP: from its online bit to its idle loop.", 2_us},
        {Phase::KickCleanup, "kick_cleanup",
         "Control CPU: clean-up after the AP has reported alive."},
        {Phase::WakeUp, "wake_up",
         "From waking a sleeping task to the first instruction of this task on its CPU.", 3_us},
        {Phase::SpinExit, "spin_exit",
         "From setting a flag to the next instruction of a task that busy-waits for the flag.",
         100_ns},
        {Phase::Ipi, "ipi", "From sending an interrupt to the first instruction of its handler.",
         1_us},
        {Phase::IpiHandler, "ipi_handler", "The interrupt handler, on the interrupted CPU.",
         500_ns},
        {Phase::StopMachine, "stop_machine",
         "The rendezvous of stop_machine(), which stops all online CPUs.", 10_us},
        {Phase::RcuSync, "rcu_sync",
         "Task that waits for RCU, asleep: a normal grace period. Its length follows from `hz` and "
         "the number of possible CPUs, if no profile names this phase; 0: the callbacks' own costs "
         "contain their grace periods."},
        {Phase::ParkThread, "park_thread", "Control CPU: park or unpark one per-CPU thread.", 3_us},
        {Phase::IrqMigrate, "irq_migrate",
         "AP in take_cpu_down(): disable the CPU in the architecture code, and move interrupts "
         "away.",
         5_us},
        {Phase::IdleDead, "idle_dead",
         "AP: from the end of the DYING callbacks to cpuhp_report_idle_dead() in its idle task.",
         2_us},
        {Phase::Die, "die", "AP: from cpuhp_report_idle_dead() until the AP reports dead.", 5_us},
        {Phase::VmExit, "vm_exit",
         "Guests: cost of a VM exit, paid by a CPU that goes to sleep, wakes another CPU, or "
         "yields while it polls; 0 on bare metal."},
        {Phase::PollYield, "poll_yield",
         "Guests: time between two polls of an AP that waits for its release; 0: the AP polls "
         "without VM exits."},
        {Phase::SysfsStore, "sysfs_store",
         "Task that writes a sysfs file: cost of the write itself, without the operation that "
         "it starts.",
         2_us},
        {Phase::KworkerHop, "kworker_hop",
         "Control CPU: work_on_cpu(), from the requesting task to the kworker and back.", 5_us},
        {Phase::Unattributed, "unattributed",
         "AP, in a profile measured from a trace: the time between the kick and the first "
         "traced event that no other phase explains; in such a profile it replaces alive, "
         "microcode and cpu_init."},
        {Phase::CpuUp, "cpu_up",
         "Control CPU: before the first callback of a bring-up: locks, the idle thread, and what "
         "the task did since the CPU before."},
        {Phase::BringupDone, "bringup_done",
         "Control CPU: from its wake-up after the AP's last callback to the end of cpu:bringup."},
        {Phase::RcuExpedited, "rcu_expedited",
         "Task that waits for RCU: an expedited grace period, as throughout boot and suspend."},
        {Phase::DomainRebuild, "domain_rebuild",
         "Task that rebuilds the scheduling domains after a CPU came or before it goes; not at "
         "boot."},
    }};
static_assert(in_order(kPhaseInfos));
inline constexpr std::size_t kPhases = kPhaseInfos.size();
inline constexpr auto kPhaseNames = names_of(kPhaseInfos);

constexpr std::string_view to_string(Phase phase) {
  return kPhaseNames[static_cast<std::size_t>(phase)];
}

}  // namespace cpuhp
