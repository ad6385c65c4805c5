// Check that every walk (a CPU's way through the states) calls all callbacks on its way.
//
// The check needs to know which callbacks each state has in each direction, and how often one walk
// calls them. In a simulated run without registrations these are the callbacks of its table. In
// other streams states are set up and removed, often without an event. There, the check compares a
// walk's number of calls of a state with the numbers in the walks before and after it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/checks/walk/walks.hpp"

namespace cpuhp {

/// The states that a walk passes between two of its steps.
struct Pass {
  CpuId cpu = kNoCpu;
  bool up = true;
  StateId from = kNoState;  ///< the step before these states
  StateId to = kNoState;    ///< the step after these states
  std::uint32_t event = kNoEvent;
};

/// The callback of a state in one direction.
struct Callee {
  static constexpr std::uint16_t kNone = 0xffff;  ///< no callback
  /// The callback exists, but its number of calls is unknown.
  static constexpr std::uint16_t kMany = 0xfffe;

  std::uint16_t count = kNone;  ///< number of calls
  /// The nearest state in this direction that has a callback, this state included: `next` among the
  /// states outside of the STARTING section, `next_starting` among those in it.
  StateId next = kNoState, next_starting = kNoState;
  bool slot = false;  ///< hotplug/fail can inject a fault here

  bool calls() const { return count != kNone; }
};

/// The callbacks of all states, as a state table gives them.
class CallbackTable {
 public:
  /// `exact`: also counts callbacks that the table assumes, and that no event has shown.
  CallbackTable(const Judged& judged, bool exact);

  const Callee& at(StateId state, bool up) const { return callees_[index(state, up)]; }
  Callee& at(StateId state, bool up) { return callees_[index(state, up)]; }
  /// Computes `next` and `next_starting` of all states. Has to be called after the last change of a
  /// callback.
  void link(const StateTable& table);

  static std::size_t index(StateId state, bool up) {
    return static_cast<std::size_t>(state) * 2 + (up ? 0 : 1);
  }

 private:
  std::vector<Callee> callees_;  ///< indexed by index()
};

class Callbacks {
 public:
  explicit Callbacks(const Walks& walks);

  /// True when the state has a callback in that direction. In a kernel's trace, a callback that the
  /// table only assumes counts only if the trace shows a call of it.
  bool has(StateId state, bool up) const { return table_->at(state, up).calls(); }
  /// True when hotplug/fail can inject a fault at the state. A multi-instance state needs no
  /// instance for that.
  bool slot(StateId state, bool up) const { return table_->at(state, up).slot; }
  /// True when a rollback skips the state (v4.6).
  bool left_out(StateId state) const { return judged_.table.at(state).skip_onerr; }
  /// True when the state surely has a callback in that direction. In a run that sets up or removes
  /// states, this is sure only for the states that every kernel defines by itself.
  bool told(StateId state, bool up) const;

  /// True when the multi-instance state was set up with a teardown, even if no instance was called.
  bool set_up_with_teardown(StateId state) const;

  /// Returns the first state beyond `from` in that direction that has a callback, up to `bound`
  /// (included); kNoState: none. `atomic`: states of the STARTING section, otherwise all others.
  StateId next(StateId from, StateId bound, bool up, bool atomic = false) const {
    const StateId max = judged_.table.max();
    const int first = up ? std::max(0, from + 1) : std::min<int>(max, from - 1);
    if (up ? first > std::min(bound, max) : first < std::max<int>(bound, 0)) return kNoState;
    const Callee& callee = table_->at(static_cast<StateId>(first), up);
    const StateId found = atomic ? callee.next_starting : callee.next;
    return found == kNoState || (up ? found > bound : found < bound) ? kNoState : found;
  }

  /// True when the table gives exactly this number of calls. Then passed() need not be called.
  bool as_known(StateId state, bool up, std::uint16_t count) const {
    return exact_ && table_->at(state, up).count == count;
  }
  /// Notes that a walk passed through states without calling a callback of any of them.
  void skipped(const Pass& pass, bool turned, bool atomic);
  /// Notes that a walk passed through the state and called its callback `count` times.
  void passed(const Pass& pass, StateId state, std::uint16_t count);
  /// Notes that a registration changed the state's callbacks. `state` is kNoState when no event
  /// tells which states have changed. `there`: the registration called the startup, and the startup
  /// succeeded.
  void changed(StateId state, bool there = false);

  std::vector<Finding> findings();

 private:
  bool always_there(StateId state) const;

  /// The number of calls of one state in one walk.
  struct Seen {
    Pass pass;
    std::uint16_t count = 0;
    std::uint32_t era = 0;  ///< number of the interval between two changes of callbacks
    bool there = false;     ///< this interval began with a setup of the state
  };
  struct Series {
    std::vector<Seen> seen;
    std::uint32_t era = 0;
    bool there = false;
  };

  void by_evidence(CallbackTable& table);
  Series& series(StateId state, bool up);
  void record(const Pass& pass, StateId state, std::uint16_t count);
  void judge(StateId state, const std::vector<Seen>& seen);
  std::uint16_t usual(StateId state, const std::vector<Seen>& era, std::size_t at) const;
  std::vector<Finding> tell();
  bool both_sided(StateId state) const { return has(state, true) && has(state, false); }

  const Walks& walks_;
  const Judged& judged_;
  bool exact_ = false;
  /// A state was set up or removed in this run, so some states of the table may not be set up.
  bool registered_ = false;
  std::shared_ptr<const CallbackTable> table_;
  std::vector<Series> series_;
  std::uint32_t era_ = 0;

  /// A walk that called a state too often or too rarely. tell() makes the findings.
  struct Missing {
    Pass pass;
    StateId state;
    std::uint16_t count, usual;
  };
  std::vector<Missing> missing_;
};

inline constexpr std::array kCallbacksLaws{
    Law{"I2",
        "a state with both callbacks runs in both directions: a walk down runs the teardown "
        "callback of each state whose startup callback ran on the way up"},
    Law{"complete",
        "a walk up runs every startup callback on its way, and a walk down every teardown "
        "callback, also of states that have only one of the two; after a walk of the hotplug "
        "thread has come down to `cpu:teardown`, takedown_cpu() runs"}};

}  // namespace cpuhp
