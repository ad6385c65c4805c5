// The callbacks of each state in each direction, and how often they run: a walk over the states has
// to show them.
//
// A simulated run without registrations has exactly the callbacks of its table. Elsewhere states
// come and go, often without an event: there, the calls that one walk shows of a state are compared
// with those of the walks before and after it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

/// A part of one way of a walk: the states between two steps.
struct Pass {
  CpuId cpu = kNoCpu;
  bool up = true;
  StateId from = kNoState;  ///< the step before the states that are passed
  StateId to = kNoState;    ///< the step after them
  std::uint32_t event = kNoEvent;
};

/// The callback of a state in one direction.
struct Callee {
  static constexpr std::uint16_t kNone = 0xffff;  ///< no callback
  static constexpr std::uint16_t kMany = 0xfffe;  ///< a callback, the number of calls is unknown

  std::uint16_t count = kNone;  ///< number of calls
  /// The nearest state in this direction that has a callback, this one included: `next` outside of
  /// the STARTING section, `next_starting` in it.
  StateId next = kNoState, next_starting = kNoState;
  bool slot = false;  ///< an armed `fail` could hit it

  bool calls() const { return count != kNone; }
};

/// The callbacks that a table says.
class CallbackTable {
 public:
  /// `exact`: includes callbacks that the table only assumes.
  CallbackTable(const Judged& judged, bool exact);

  const Callee& at(StateId state, bool up) const { return callees_[index(state, up)]; }
  Callee& at(StateId state, bool up) { return callees_[index(state, up)]; }
  /// Finds the next callbacks anew; to be called after the last change.
  void link(const StateTable& table);

  static std::size_t index(StateId state, bool up) {
    return static_cast<std::size_t>(state) * 2 + (up ? 0 : 1);
  }

 private:
  std::vector<Callee> callees_;  ///< by index()
};

class Callbacks {
 public:
  Callbacks(const EventStream& stream, const Judged& judged, const Walks& walks);

  /// True when the state has a callback in that direction; in a kernel's trace: as far as is known.
  bool has(StateId state, bool up) const { return table_->at(state, up).calls(); }
  /// True when an armed `fail` could hit the state, also while it has no instances.
  bool slot(StateId state, bool up) const { return table_->at(state, up).slot; }
  /// True when a rollback leaves the state out (v4.6).
  bool left_out(StateId state) const { return judged_.table.at(state).skip_onerr; }
  /// True when the table says that the state has a callback there, whatever was set up.
  bool told(StateId state, bool up) const;

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

  /// True when that number of calls is the known one, so that passed() has nothing to learn.
  bool as_known(StateId state, bool up, std::uint16_t count) const {
    return exact_ && table_->at(state, up).count == count;
  }
  /// Notes that a walk went from one step to another, and called nothing in between.
  void skipped(const Pass& pass, bool turned, bool atomic);
  /// Notes that a walk went through the state, and called it `count` times.
  void passed(const Pass& pass, StateId state, std::uint16_t count);
  /// Notes that a registration changed the state's callbacks, or (kNoState) that an operation may
  /// have changed some without an event. `there`: it called the startup, which succeeded.
  void changed(StateId state, bool there = false);

  std::vector<Finding> findings();

 private:
  bool always_there(StateId state) const;

  /// The calls that one walk showed of one state.
  struct Seen {
    Pass pass;
    std::uint16_t count = 0;
    std::uint32_t era = 0;  ///< number of the time between two changes
    bool there = false;     ///< the era began with a setup of the state
  };
  struct Series {
    std::vector<Seen> seen;
    std::uint32_t era = 0;
    bool there = false;
  };

  void by_evidence(const Walks& walks, CallbackTable& table);
  Series& series(StateId state, bool up);
  void record(const Pass& pass, StateId state, std::uint16_t count);
  void judge(StateId state, const std::vector<Seen>& seen);
  std::uint16_t usual(StateId state, const std::vector<Seen>& era, std::size_t at) const;
  void find(const Pass& pass, StateId state, std::uint16_t count, std::uint16_t usual);
  void tell();
  bool both_sided(StateId state) const { return has(state, true) && has(state, false); }

  const EventStream& stream_;
  const Judged& judged_;
  bool exact_ = false;
  bool registered_ = false;  ///< a state was set up or removed: the table may be ahead
  std::shared_ptr<const CallbackTable> table_;
  std::vector<Series> series_;
  std::uint32_t era_ = 0;

  /// A deviation, before those of one gap are told as one.
  struct Missing {
    Pass pass;
    StateId state;
    std::uint16_t count, usual;
  };
  std::vector<Missing> missing_;
  std::vector<Finding> findings_;
};

/// The invariants of this file.
inline constexpr std::array kCallbacksLaws{
    Law{"I2",
        "a state with startup and teardown runs in both directions: what the way up started, the "
        "way down tears down"},
    Law{"complete",
        "a way calls every state on it that has a callback in that direction, also where there is "
        "only one direction; a walk that came down to `cpu:teardown` is followed by the takedown"}};

}  // namespace cpuhp
