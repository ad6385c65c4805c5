// One CPU on its way through the states: the state it is in, and the walks under way for it.
//
// Internal to model/checks/.
#pragma once

#include "model/checks/walk.hpp"

namespace cpuhp {

/// What has to come next on a CPU that has no walk under way.
enum class Due : std::uint8_t {
  Nothing,
  Takedown,  ///< the thread has walked down to cpu:teardown, so the takedown must follow
  WayUp,     ///< the takedown failed, so the thread must walk back up to `kicked_from`
};

/// What is known of a CPU after a step of a rollback failed.
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
  bool listed = false;
  bool noted = false;

  bool is_lost() const { return lost != Lost::No; }
  /// Clears hotplug/fail, as the kernel does once it has failed.
  void disarm(const Ground& g) {
    if (armed != kNoState) armed = g.at.offline;
  }
  /// Sets the CPU's state to the given one (kNoState: unknown) and forgets its walks. The value of
  /// hotplug/fail stays as it is.
  void forget(StateId now);

  /// Begins the walk through the STARTING section.
  void begin_atomic(const Ground& g, bool up, StateId target);
  /// Ends a walk, and checks that it went as far as it had to. `told`: an event says how it ended.
  void finish(const Ground& g, Walk& walk, bool told = false);
  void finish_atomic(const Ground& g);
  /// Ends the thread's walk, because the control CPU continues.
  void settle_thread(const Ground& g);
  /// Ends all walks.
  void finish_all(const Ground& g);
  /// Reports that a walk does not undo what it had done before it failed at `from`.
  static void tell_no_rollback(const Ground& g, const Walk& walk, StateId from);

 private:
  void come_to_bound(const Ground& g, Walk& walk);
  void tell_not_started_again(const Ground& g);
  void tell_no_takedown(const Ground& g);
};

}  // namespace cpuhp
