// One CPU on its way through the states: the state it is in, and the walks under way for it.
//
// Internal to model/checks/.
#pragma once

#include "model/checks/walk/walk.hpp"

namespace cpuhp {

/// The step that must come next on a CPU that has no walk under way.
enum class Due : std::uint8_t {
  Nothing,
  Takedown,  ///< the thread has walked down to cpu:teardown, so the takedown must follow
  WayUp,     ///< the takedown failed, so the thread must walk back up to `kicked_from`
};

/// How much is known of a CPU after a step of a rollback has failed.
enum class Lost : std::uint8_t {
  No,
  Yes,       ///< the CPU's state is unknown
  OnTheWay,  ///< in addition, no further step of this way back may come
};

class CpuWalks {
 public:
  StateId state = kNoState;  ///< state of the CPU; kNoState: unknown
  Walk control{Walker::Control}, thread{Walker::Thread}, atomic{Walker::Atomic};
  /// Kind of the open bracket (a step that encloses other steps); Callback: none is open.
  StepKind bracket = StepKind::Callback;
  StateId kicked_from = kNoState;  ///< state of the CPU when its thread began to walk down
  Due due = Due::Nothing;
  Lost lost = Lost::No;
  /// The CPU was plugged before, so its target is no longer the initial 0.
  bool walked = false;
  StateId armed = kNoState;  ///< value of the CPU's hotplug/fail; 0: not set; kNoState: unknown
  bool outside = false;      ///< a finding exists: steps of this CPU run outside an enclosing step
  /// a step came after the last Mark (judged.hpp) of the CPU's state or online bit
  bool moved = false;
  /// Online bit as the last Mark (judged.hpp) gives it: 1 set, -1 cleared; 0: no Mark gives it.
  char mask = 0;
  bool listed = false;  ///< the CPU had a step since all walks were ended last
  bool noted = false;   ///< something is known of the CPU
  bool begun = false;   ///< a walk has taken the lock, and has had no step so far
  /// A walk without a step came since `state` was known, so it may have moved the CPU on.
  bool unseen_walk = false;

  bool is_lost() const { return lost != Lost::No; }

  /// Clears hotplug/fail, as the kernel does once it has failed there.
  void disarm(const Ground& g) {
    if (armed != kNoState) armed = g.at.offline;
  }

  /// Sets the CPU's state to the given one (kNoState: unknown) and forgets its walks. The value of
  /// hotplug/fail stays as it is.
  void forget(StateId now) {
    const CpuWalks before = std::exchange(*this, {});
    state = now;
    walked = before.walked;
    armed = before.armed;
    listed = before.listed;
    noted = before.noted;
    if (now != kNoState) mask = before.mask;
  }

  /// Begins the walk through the STARTING section.
  void begin_atomic(const Ground& g, bool up, StateId target) {
    atomic.begin(up, up ? g.at.bringup : g.at.teardown, target,
                 up ? std::min(target, g.at.ap_online) : std::max(target, g.at.ap_offline));
  }

  void finish_atomic(const Ground& g) {
    if (!atomic.is_active()) return;
    atomic.leave(g);
    if (atomic.way() == Way::Forth)
      atomic.pass_to(g, static_cast<StateId>(atomic.up() ? atomic.bound() + 1 : atomic.bound()));
    atomic.end();
  }

  /// Ends a walk, and checks that it went as far as it had to. `told`: an event says how it ended.
  void finish(const Ground& g, Walk& walk, bool told = false) {
    if (!walk.is_active()) return;
    walk.leave(g);
    walk.expect_instances_undone(g);
    if (walk.way() == Way::Failed) {
      walk.expect_nothing_to_undo(g, walk.from());
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

  /// Ends the thread's walk, because the control CPU continues.
  void settle_thread(const Ground& g) {
    finish_atomic(g);
    if (thread.is_active())
      finish(g, thread);
    else if (due == Due::WayUp)
      expect_no_way_up(g);
    if (due == Due::Takedown) expect_no_takedown(g);
    due = Due::Nothing;
    outside = false;
  }

  /// Ends all walks.
  void finish_all(const Ground& g) {
    settle_thread(g);
    finish(g, control);
    bracket = StepKind::Callback;
  }

 private:
  /// Takes a walk to its end, and sets the CPU's state to the one that the walk ends in.
  void come_to_bound(const Ground& g, Walk& walk) {
    const bool by_control = walk.is_of(Walker::Control), up = walk.up();
    const StateId bound = walk.bound();
    // When a CPU boots or dies, the exit of cpu:bringup or cpu:teardown gives the new state.
    const bool booted = by_control && up && walk.pos() == g.at.bringup;
    const bool died = by_control && !up && walk.pos() == g.at.teardown && bound >= g.at.idle_dead;
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
      if (walk.may_go_on_to_offline(g) &&
          g.callbacks.next(bound + 1, g.at.offline, false) == kNoState)
        // The way back may continue down to offline without an event.
        state = kNoState;
    }
    // (When the table was made from the trace itself, the kernel's version is unknown.)
    if (walk.is_back() && up && by_control && (g.rules.control_is_late() || g.judged.inferred))
      // Up to 5.12 the way back may go one state too far (docs/kernel.md 3.3).
      state = kNoState;
  }

  /// Reports callbacks on the way up that is due.
  void expect_no_way_up(const Ground& g) {
    if (kicked_from <= g.at.teardown) return;
    const StateId first = g.callbacks.next(g.at.teardown, kicked_from, true);
    if (first != kNoState) g.find(words::kNotStartedAgain, first, g.cpu, g.findings.step(first));
    state = first == kNoState ? kicked_from : kNoState;
  }

  /// Reports the takedown that is due, if the CPU may not stay where it is.
  void expect_no_takedown(const Ground& g) {
    state = g.at.teardown;
    const bool may_stay = !g.judged.traced_only && g.to_teardown;
    if (g.judged.table.at(state).cant_stop && !may_stay)
      g.find(words::kNoTakedown, state, g.findings.step(state), g.cpu);
  }
};

}  // namespace cpuhp
