// The walks (a CPU's way through the states): in which order states are called, and how a walk goes
// back after a failure (docs/kernel.md 3.3, 4.4).
#pragma once

#include "model/cpu_record.hpp"

namespace cpuhp {

struct Machine;

/// kernel: cpuhp_set_state(). Returns the state in which the CPU is.
StateId set_state(Machine& m, CpuId cpu, CpuRecord& st, StateId target);
/// kernel: cpuhp_reset_state(). Makes the CPU go back to `prev_state`, without an undo of the
/// failed step itself.
void reset_state(Machine& m, CpuId cpu, CpuRecord& st, StateId prev_state);
/// Sets or clears the CPU's bit in the mask of dying CPUs.
void set_dying(Machine& m, CpuId walks, bool on);
/// kernel: cpuhp_next_state(). Sets the CPU's state before the callback runs. From 5.13 on, skips
/// states without a callback.
bool next_state(const Machine& m, bool bringup, StateId* state_to_run, CpuRecord& st,
                StateId target);
/// kernel: __cpuhp_invoke_callback_range().
int invoke_callback_range(Machine& m, bool bringup, CpuId cpu, CpuRecord& st, StateId target,
                          bool nofail);
/// Calls STARTING or DYING callbacks. They must not fail. From 5.13 to 6.1 an error ended the walk
/// (B18). In other kernels the walk continues.
void invoke_starting_range(Machine& m, bool bringup, CpuId cpu, StateId target);
/// kernel: cpuhp_up_callbacks(): the control CPU's part of a bring-up.
int up_callbacks(Machine& m, CpuId cpu, CpuRecord& st, StateId target);
/// kernel: cpuhp_down_callbacks(): the control CPU's part of a takedown.
int down_callbacks(Machine& m, CpuId cpu, CpuRecord& st, StateId target);

// A late walk changes the state after a teardown callback, not before. Up to 4.13 all walks do so
// (docs/kernel.md 3.3), up to 5.12 those of the control CPU and of a CPU with interrupts off.
/// The states that a late walk visits: those of the control CPU, those of the AP, or all (One).
enum class WalkTable : std::uint8_t { Control, Ap, One };
/// Walks up: the state changes before the callback runs. When step k fails, k-1 .. prev+1 are
/// undone, except states with skip_onerr.
int late_walk_up(Machine& m, CpuId cpu, CpuRecord& st, StateId target, WalkTable table);
/// Walks down: the state changes after the callback has run. When already the first step fails,
/// v4.6's undo leaves the state one too high (docs/kernel.md 3.3); 69fa6eb7d6a6 corrected this.
int late_walk_down(Machine& m, CpuId cpu, CpuRecord& st, StateId target, WalkTable table);
/// Undoes a failed walk down, from the state above the present state on. A state with skip_onerr is
/// not called, because its callback has undone its own notifier chain.
void late_undo_down(Machine& m, CpuId cpu, CpuRecord& st, WalkTable table);

}  // namespace cpuhp
