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

#include <cstdint>
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

class Callbacks {
 public:
  Callbacks(const EventStream& stream, const Judged& judged, const Walks& walks);

  /// Does the state call something in that direction? Of a kernel's trace: as far as anybody knows.
  bool has(StateId state, bool up) const { return counts_[index(state, up)] != kNone; }
  /// Could an armed `fail` hit it? Also where it has no instances yet.
  bool slot(StateId state, bool up) const { return slots_[index(state, up)]; }
  /// v4.6: a rollback leaves it out.
  bool left_out(StateId state) const { return judged_.table.at(state).skip_onerr; }
  /// Has it a callback there whatever is set up, as the table says?
  bool told(StateId state, bool up) const;
  /// Does a walk show its STARTING callbacks?
  bool visible(StateId state) const;

  /// The first state beyond `from` in that direction that has a callback, up to `bound` (included);
  /// kNoState: none. Those of the STARTING section are looked at by themselves.
  StateId next(StateId from, StateId bound, bool up, bool atomic = false) const;

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

  static constexpr std::uint16_t kNone = 0xffff;  ///< no callback
  static constexpr std::uint16_t kMany = 0xfffe;  ///< a callback, nobody knows how often

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

  static std::size_t index(StateId state, bool up) {
    return static_cast<std::size_t>(state) * 2 + (up ? 0 : 1);
  }
  void by_table();
  void by_evidence(const Walks& walks);
  void link();
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
  bool registered_ = false;            ///< something was set up or removed: the table may be ahead
  std::vector<std::uint16_t> counts_;  ///< by index(): how often, kNone, kMany
  std::vector<bool> slots_;
  std::vector<StateId> next_up_, next_down_;  ///< the next state with a callback, itself included
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
