// The per-CPU record of the state machine: kernel/cpu.c's struct cpuhp_cpu_state, and the state of
// the simulated CPU.
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
};

struct CpuRecord {
  StateId state = 0;
  StateId target = 0;
  StateId fail = -1;  ///< hotplug/fail: armed state, -1: none
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
  bool dev_offline = true;  ///< the value that cpuN/online shows, inverted
  bool released = false;  ///< the AP was told to go on after its sign of life, or need not be told
  bool starting_walk_done = false;
  bool dying = false;        ///< take_cpu_down() has run, the idle loop has not reported yet
  bool thread_busy = false;  ///< cpuhp/N is in the middle of its work: waking it does nothing
  bool touched = false;      ///< an operation that is not over yet has changed the record
  /// The CPU's per-CPU threads are parked, except those that park themselves.
  bool smpboot_parked = true;
  bool threads_made = false;  ///< smpboot_create_threads() has succeeded once
  /// the CPU's timer base was initialised since the timers last left the CPU
  bool hrtimer_base = false;
  std::uint32_t general = 0;  ///< tasks of Run operations that are on the CPU
  SyncState sync_state = SyncState::Dead;
  BootStatusWord boot_status;
  /// Number of the AP's boot. Actions of a boot with an earlier number no longer have any effect.
  std::uint32_t generation = 0;
  Completion no_general;  ///< the last task of a Run operation has left the CPU
  Completion done_up;
  Completion done_down;
  Completion alive;    ///< initialized bit / SYNC_STATE_ALIVE
  Completion callin;   ///< x86 up to 6.4: cpu_callin_mask
  Completion came_up;  ///< the online bit, as a spinning control CPU sees it; arm64: cpu_running
  Completion dead;     ///< SYNC_STATE_DEAD, x86: the polled state word
};

}  // namespace cpuhp
