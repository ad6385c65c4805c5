// The phases of hotplug: the work of the hardware and the core outside of callbacks, one row each.
// A row has the phase's name in profiles, scenarios and traces, its meaning, and its default cost.
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
};

struct PhaseInfo {
  Phase value;
  std::string_view name;
  std::string_view doc;  ///< begins with the CPU that pays for the phase, where one does
  Ns work{};             ///< default: CPU time
  Ns wait{};             ///< default: time asleep
};

/// The defaults are those of a modern bare-metal x86 (docs/kernel.md 5.3: INIT delay 0, SIPI 10 +
/// 10 us), with wake-ups and IPIs at the usual magnitude.
inline constexpr std::array<PhaseInfo, static_cast<std::size_t>(Phase::Unattributed) + 1>
    kPhaseInfos{{
        {Phase::Kick, "kick", "Control CPU: one kick (INIT/SIPI, PSCI CPU_ON, ...).", 20_us},
        {Phase::Alive, "alive",
         "AP hardware: from the kick to its first instruction of the kernel.", 350_us},
        {Phase::Microcode, "microcode", "AP: microcode update before it reports alive."},
        {Phase::CpuInit, "cpu_init",
         "AP: identification and set-up after its release, interrupts off.", 99_us},
        // Published boots give the difference: docs/validation.md, 6.4 and before against 6.5.
        {Phase::Callin, "callin",
         "AP up to 6.4: what start-up with a callin flag takes beyond split start-up."},
        {Phase::Calibrate, "calibrate", "AP: delay calibration."},
        {Phase::TscSync, "tsc_sync",
         "AP and one partner CPU, interrupts off: TSC synchronisation."},
        {Phase::IdleEntry, "idle_entry", "AP: from online to its idle loop.", 2_us},
        {Phase::KickCleanup, "kick_cleanup", "Control CPU: after the AP is alive."},
        {Phase::WakeUp, "wake_up",
         "From waking a sleeping task to its first instruction, on its CPU.", 3_us},
        {Phase::SpinExit, "spin_exit",
         "From setting a flag to the next instruction of the waiter that spins on it.", 100_ns},
        {Phase::Ipi, "ipi", "From sending an interrupt to its handler's first instruction.", 1_us},
        {Phase::IpiHandler, "ipi_handler", "The handler, on the CPU that is interrupted.", 500_ns},
        {Phase::StopMachine, "stop_machine", "stop_machine's rendezvous, all online CPUs stopped.",
         10_us},
        {Phase::RcuSync,
         "rcu_sync",
         "Control CPU asleep: RCU grace period before a takedown.",
         {},
         4_ms},
        {Phase::ParkThread, "park_thread", "Control CPU: park or unpark one per-CPU thread.", 3_us},
        {Phase::IrqMigrate, "irq_migrate",
         "AP inside take_cpu_down: arch disable, interrupts moved away.", 5_us},
        {Phase::IdleDead, "idle_dead", "AP: from the end of the DYING walk to its report in idle.",
         2_us},
        {Phase::Die, "die", "AP: from the report in idle to its last word.", 5_us},
        {Phase::VmExit, "vm_exit",
         "Guests: paid by a CPU that goes to sleep, wakes another, or polls with a yield; 0 on "
         "bare metal."},
        {Phase::PollYield, "poll_yield",
         "Guests: distance of two polls of an AP that waits for its release; 0: no exits."},
        {Phase::SysfsStore, "sysfs_store", "The writer: what a store costs around the operation.",
         2_us},
        {Phase::KworkerHop, "kworker_hop", "Control CPU: work_on_cpu, there and back.", 5_us},
        {Phase::Unattributed, "unattributed",
         "AP of a measured profile: time between kick and first traced event that nothing "
         "explains; in place of alive, microcode, cpu_init."},
    }};
static_assert(in_order(kPhaseInfos));
inline constexpr std::size_t kPhases = kPhaseInfos.size();
inline constexpr auto kPhaseNames = names_of(kPhaseInfos);

constexpr std::string_view to_string(Phase phase) {
  return kPhaseNames[static_cast<std::size_t>(phase)];
}

}  // namespace cpuhp
