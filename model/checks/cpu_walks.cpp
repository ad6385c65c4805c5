#include "model/checks/cpu_walks.hpp"

#include <algorithm>
#include <utility>

#include "model/checks/order_words.hpp"

namespace cpuhp {

void CpuWalks::forget(StateId now) {
  const CpuWalks before = std::exchange(*this, {});
  state = now;
  walked = before.walked;
  armed = before.armed;
  listed = before.listed;
  noted = before.noted;
  if (now != kNoState) mask = before.mask;
}

void CpuWalks::begin_atomic(const Ground& g, bool up, StateId target) {
  atomic.begin(up, up ? g.at.bringup : g.at.teardown, target,
               up ? std::min(target, g.at.ap_online) : std::max(target, g.at.ap_offline));
}

void CpuWalks::finish(const Ground& g, Walk& walk, bool told) {
  if (!walk.is_active()) return;
  walk.leave(g);
  walk.tell_instances_left(g);
  if (walk.way() == Way::Failed) {
    tell_no_rollback(g, walk, walk.from());
    state = walk.prev();
  } else if (!told && g.told != walk.bound() && walk.next(g.callbacks) != kNoState &&
             walk.may_end_here(g, armed)) {
    state = kNoState;
    disarm(g);
  } else {
    come_to_bound(g, walk);
  }
  walk.end();
}

/// Takes a walk to its end, which no event shows, and sets the CPU's state.
void CpuWalks::come_to_bound(const Ground& g, Walk& walk) {
  const bool by_control = walk.is_of(Walker::Control), up = walk.up();
  const StateId bound = walk.bound();
  // When a CPU boots or dies, the exit of cpu:bringup or cpu:teardown gives the new state.
  const bool booted = by_control && up && walk.pos() == g.at.bringup;
  const bool died = by_control && !up && bound >= g.at.idle_dead && walk.pos() == g.at.teardown;
  if (died) {
    // Up to 5.12 the control CPU continues from the state that the dying CPU reports.
    state = g.rules.control_is_late() && !g.judged.async ? g.at.bringup : g.at.idle_dead;
  } else if (!booted) {
    walk.pass_to(g, static_cast<StateId>(up ? bound + 1 : bound));
    state = bound;
    if (g.judged.async && by_control && up && !walk.is_back() && walk.target() > bound &&
        g.callbacks.next(g.at.ap_online_idle, walk.target(), true) == kNoState)
      // The CPU may have walked on by itself, without a call and so without an event.
      state = kNoState;
    if (walk.boot_goes_on(g) && g.callbacks.next(bound + 1, g.at.offline, false) == kNoState)
      // The way back may continue down to offline without an event.
      state = kNoState;
  }
  // (When the table was made from the trace itself, the kernel's version is unknown.)
  if (walk.is_back() && up && by_control && (g.rules.control_is_late() || g.judged.inferred))
    // Up to 5.12 the way back may go one state too far (docs/kernel.md 3.3).
    state = kNoState;
}

void CpuWalks::tell_no_rollback(const Ground& g, const Walk& walk, StateId from) {
  const StateId first = walk.way_back(g.callbacks, from);
  if (first == kNoState) return;
  g.find(words::of_rollback(walk.up(), words::kNoRollback), first, g.cpu, walk.up(),
         g.findings.step(from), g.findings.step(first), walk.up() ? "undone" : "started again");
}

void CpuWalks::finish_atomic(const Ground& g) {
  if (!atomic.is_active()) return;
  atomic.leave(g);
  if (atomic.way() == Way::Forth)
    atomic.pass_to(g, static_cast<StateId>(atomic.up() ? atomic.bound() + 1 : atomic.bound()));
  atomic.end();
}

void CpuWalks::settle_thread(const Ground& g) {
  finish_atomic(g);
  const bool thread_ran = thread.is_active();
  finish(g, thread);
  if (due == Due::WayUp && !thread_ran) tell_not_started_again(g);
  if (due == Due::Takedown) tell_no_takedown(g);
  due = Due::Nothing;
  outside = false;
}

void CpuWalks::finish_all(const Ground& g) {
  settle_thread(g);
  finish(g, control);
  bracket = StepKind::Callback;
}

void CpuWalks::tell_not_started_again(const Ground& g) {
  if (kicked_from == kNoState || kicked_from <= g.at.teardown) return;
  const StateId first = g.callbacks.next(g.at.teardown, kicked_from, true);
  if (first != kNoState) g.find(words::kNotStartedAgain, first, g.cpu, g.findings.step(first));
  state = first == kNoState ? kicked_from : kNoState;
}

void CpuWalks::tell_no_takedown(const Ground& g) {
  const StateId teardown = g.at.teardown;
  state = teardown;
  if (!g.judged.table.at(teardown).cant_stop) return;  // The CPU may stay in that state.
  if (!g.judged.traced_only && g.to_teardown) return;
  g.find(words::kNoTakedown, teardown, g.findings.step(teardown), g.cpu);
}

}  // namespace cpuhp
