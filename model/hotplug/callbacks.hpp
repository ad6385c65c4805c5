// Invoking the callbacks of states: their cost, their faults, their tracepoints, and what the
// hotplug core itself does in some of them.
#pragma once

#include "model/blueprint.hpp"
#include "model/cpu_record.hpp"

namespace cpuhp {

struct Machine;

/// Returns the next state with a callback for a CPU in `state`. When there is none, returns a
/// number outside of the table.
inline StateId next_callback(const std::vector<StateSlot>& slots, bool bringup, StateId state) {
  const auto first = static_cast<std::size_t>(bringup ? state + 1 : state);
  return bringup ? slots[first].next_up : slots[first].next_down;
}
/// True when the state lies beyond the target.
inline bool is_beyond(bool bringup, StateId state, StateId target) {
  return bringup ? state > target : state <= target;
}
/// kernel: cpuhp_step_empty(). A multi-instance state counts as not empty even without instances.
bool step_empty(const Machine& m, bool bringup, StateId id);
/// kernel: cpuhp_invoke_callback(). Calls one instance only when `node` is not kNoInstance. With
/// `last`, a state that fails at one of its instances notes this instance there. Without it, the
/// instances called before are undone.
int invoke_callback(Machine& m, CpuId cpu, StateId state, bool bringup, InstanceId node,
                    InstanceId* last);
/// Fast path of invoke_callback(): runs the CPU's next callbacks as long as each only spends CPU
/// time (plain_work()), and what the core does in it waits for nothing. Returns true when it ran any.
bool walk_plain(Machine& m, bool bringup, CpuId cpu, CpuRecord& st, StateId target);
/// Walks up like walk_plain(), through sched:active as well, and then runs `rest`, the last action
/// of the running task. Before `rest` has callbacks to call that may wait, the task gets a stack.
void walk_up_then(Machine& m, CpuId cpu, CpuRecord& st, const Action& rest);
/// Returns the cost of a callback that only spends CPU time and has no fault. Returns nullptr for
/// all other callbacks.
const PlainWork* plain_work(const Machine& m, StateId state, bool bringup);
/// Notes that work is queued on a CPU, which has to hand it over when it goes down. Does nothing
/// when the table lacks the state that moves this kind of work.
void own(Machine& m, CpuId cpu, Owned what);

}  // namespace cpuhp
