// Which states call something in which direction, and how often: what a walk over them has to show.
//
//   Callbacks callbacks(stream, judged, walks);
//   callbacks.has(235, true);                      // sched:active has a startup
//   callbacks.passed(pass, 235, 1);                // a walk went through it, and called it once
//   callbacks.findings();                          // what walks left out
//
// A simulated run without registrations has exactly the callbacks of its table. Elsewhere states
// come and go, often without a word: there, what a walk shows of a state is compared with what the
// walks before and after it show.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

/// One way of one walk, as far as it is told.
struct Pass {
  CpuId cpu = kNoCpu;
  bool up = true;
  StateId from = kNoState;  ///< the step before what is passed
  StateId to = kNoState;    ///< and the one after it
  std::uint32_t event = kNoEvent;
};

/// What a state calls in one direction.
struct Callee {
  static constexpr std::uint16_t kNone = 0xffff;  ///< nothing
  static constexpr std::uint16_t kMany = 0xfffe;  ///< something, nobody knows how often

  std::uint16_t count = kNone;  ///< how often
  /// The next state that calls something, itself included: but for the STARTING section, and there.
  StateId next = kNoState, next_starting = kNoState;
  bool slot = false;  ///< an armed `fail` could hit it

  bool calls() const { return count != kNone; }
};

/// As a table says.
class CallbackTable {
 public:
  /// `exact`: what nobody saw is there as well.
  CallbackTable(const Judged& judged, bool exact);

  const Callee& at(StateId state, bool up) const { return callees_[index(state, up)]; }
  Callee& at(StateId state, bool up) { return callees_[index(state, up)]; }
  /// After the last change: finds the next ones.
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

  /// Does the state call something in that direction? Of a kernel's trace: as far as anybody knows.
  bool has(StateId state, bool up) const { return table_->at(state, up).calls(); }
  /// Could an armed `fail` hit it? Also where it has no instances yet.
  bool slot(StateId state, bool up) const { return table_->at(state, up).slot; }
  /// v4.6: a rollback leaves it out.
  bool left_out(StateId state) const { return judged_.table.at(state).skip_onerr; }
  /// Has it a callback there whatever is set up, as the table says?
  bool told(StateId state, bool up) const;

  /// The first state beyond `from` in that direction that has a callback, up to `bound` (included);
  /// kNoState: none. Those of the STARTING section are looked at by themselves.
  StateId next(StateId from, StateId bound, bool up, bool atomic = false) const {
    const StateId max = judged_.table.max();
    const int first = up ? std::max(0, from + 1) : std::min<int>(max, from - 1);
    if (up ? first > std::min(bound, max) : first < std::max<int>(bound, 0)) return kNoState;
    const Callee& callee = table_->at(static_cast<StateId>(first), up);
    const StateId found = atomic ? callee.next_starting : callee.next;
    return found == kNoState || (up ? found > bound : found < bound) ? kNoState : found;
  }

  /// Is it known to be called that often, so that passed() has nothing to learn?
  bool as_known(StateId state, bool up, std::uint16_t count) const {
    return exact_ && table_->at(state, up).count == count;
  }
  /// A walk went from one step to another, and called nothing in between.
  void skipped(const Pass& pass, bool turned, bool atomic);
  /// A walk went through the state, and called it `count` times.
  void passed(const Pass& pass, StateId state, std::uint16_t count);
  /// A registration changed what this state calls, or an operation did so without a word
  /// (kNoState). `there`: it called its startup, which succeeded.
  void changed(StateId state, bool there = false);

  std::vector<Finding> findings();

 private:
  bool always_there(StateId state) const;

  /// What one walk showed of one state.
  struct Seen {
    Pass pass;
    std::uint16_t count = 0;
    std::uint32_t era = 0;  ///< between two changes
    bool there = false;     ///< what began the era set the state up
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
  bool registered_ = false;  ///< something was set up or removed: the table may be ahead
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

}  // namespace cpuhp
