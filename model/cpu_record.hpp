// The record of one CPU: struct cpuhp_cpu_state of kernel/cpu.c, and what else the simulator keeps
// for a CPU.
#pragma once

#include <cstdint>

#include "model/fault.hpp"
#include "model/locking.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

/// The boot-status word of an AP: its value, and the AP that wrote it last.
struct BootStatusWord {
  CpuId written_by = kNoCpu;
  BootStatus status = BootStatus::None;
  bool operator==(const BootStatusWord&) const = default;
};

struct CpuRecord {
  StateId state = 0;
  StateId target = 0;
  StateId fail = -1;  ///< hotplug/fail: the armed state; -1: none
  InstanceId last = kNoInstance;
  InstanceId node = kNoInstance;
  StateId cb_state = -1;
  int result = 0;
  bool should_run = false;
  bool rollback = false;
  bool single = false;
  bool bringup = false;
  bool has_thread = false;  ///< cpuhp/N exists
  bool thread_parked = true;
  bool booted_once = false;
  bool dev_offline = true;  ///< inverse of the value of cpuN/online
  /// the AP continues after it has reported alive, without being told to
  bool released = false;
  bool runs = false;           ///< the AP has reported alive since its last kick, and is not dead
  bool stops_machine = false;  ///< it does so on its way up (set_up_caches())
  bool thread_busy = false;    ///< cpuhp/N is working, so waking it has no effect
  bool touched = false;        ///< a running operation has changed the record
  /// The CPU's per-CPU threads are parked, except those that park themselves.
  bool smpboot_parked = true;
  bool threads_made = false;  ///< smpboot_create_threads() has succeeded before
  /// The CPU's timer base was initialised since its timers were last moved away.
  bool hrtimer_base = false;
  std::uint32_t general = 0;   ///< tasks of Run operations that are on the CPU
  std::uint32_t arriving = 0;  ///< of `general`: those that a stopper has still to move here
  /// The CPU's run queue is online. It follows `active`, but for the defect run-queue-left-offline.
  bool run_queue_online = true;
  SyncState sync_state = SyncState::Dead;
  BootStatusWord boot_status;
  /// Changes with each start of the AP, so that a late report from an earlier start has no effect.
  std::uint32_t generation = 0;
  Completion no_general;  ///< the last task of a Run operation has left the CPU
  Completion done_up;
  Completion done_down;
  Completion alive;    ///< the AP has reported alive: its initialized bit, or SYNC_STATE_ALIVE
  Completion callin;   ///< x86 up to 6.4: cpu_callin_mask
  Completion came_up;  ///< the online bit, for which the control CPU spins; arm64: cpu_running
  Completion dead;     ///< SYNC_STATE_DEAD, x86: the polled state word
  bool operator==(const CpuRecord&) const = default;
};

}  // namespace cpuhp
