// The walk of one task through a CPU's states, with its way back when it fails: where it is, what
// it has to call next, and where it may have failed without an event.
//
// Internal to model/checks/.
#pragma once

#include <algorithm>
#include <cassert>
#include <utility>

#include "model/checks/outline.hpp"
#include "model/checks/walk/callbacks.hpp"
#include "model/checks/walk/order_words.hpp"

namespace cpuhp {

/// The things that all walks share while the check of their order goes through a stream.
struct Ground {
  const Walks& walks;
  Callbacks& callbacks;
  WalkFindings& findings;
  const Judged& judged = walks.judged;
  const Rules& rules = judged.rules;
  const Anchors& at = judged.table.anchors();
  /// CPU of the token (a thing that happened, see walks.hpp) that is handled now
  CpuId cpu = kNoCpu;
  std::uint32_t event = 0;  ///< event of that token
  /// State in the Rest token that is handled now; kNoState: another kind of token.
  StateId told = kNoState;
  bool to_teardown = false;  ///< an operation under way has cpu:teardown as its target
  bool head = false;         ///< a walk may have begun before the trace

  /// Adds a finding about the CPU of the token, at its event.
  template <typename... Parts>
  void find(const Sentence& sentence, StateId place, const Parts&... parts) const {
    findings.add_about(cpu, event, sentence, place, parts...);
  }
};

/// The task that walks.
enum class Walker : std::uint8_t {
  Control,  ///< the control CPU
  Thread,   ///< the CPU's own hotplug thread
  Atomic,   ///< whoever runs the STARTING section
};

enum class Way : std::uint8_t {
  None,    ///< no walk is under way
  Forth,   ///< no step has failed
  Failed,  ///< a step has failed, so the next step must begin the way back
  /// A step has failed. It undid instances itself, and its error may be lost (B22).
  FailedPerhaps,
  Back,
};

class Walk {
 public:
  explicit Walk(Walker walker) : walker_(walker) {}

  /// Begins a walk. `target`: the one in the enters of its steps. `bound`: the state in which the
  /// walk has to end.
  void begin(bool up, StateId prev, StateId target, StateId bound, Way way = Way::Forth) {
    assert(way == Way::Forth || way == Way::Back);
    end();
    way_ = way;
    up_ = up;
    prev_ = prev;
    target_ = target;
    bound_ = bound;
    pos_ = static_cast<StateId>(up ? prev : prev + 1);
  }
  void end() { *this = Walk(walker_); }

  bool is_of(Walker walker) const { return walker_ == walker; }
  bool is_active() const { return way_ != Way::None; }
  bool is_back() const { return way_ == Way::Back; }
  Way way() const { return way_; }
  bool up() const { return up_; }
  StateId prev() const { return prev_; }
  StateId target() const { return target_; }
  StateId bound() const { return bound_; }
  StateId pos() const { return pos_; }
  StateId failed() const { return failed_; }
  StateId from() const { return from_; }
  std::int32_t error() const { return error_; }
  CpuId on() const { return on_; }
  std::uint16_t count() const { return count_; }

  /// Returns the CPU's state after the step `pos()`.
  StateId after() const { return static_cast<StateId>(up_ ? pos_ : pos_ - 1); }
  /// Returns the next step that the walk has to call; kNoState: there is none.
  StateId next(const Callbacks& callbacks) const {
    StateId s = pos_;
    do s = callbacks.next(s, last(), up_, is_of(Walker::Atomic));
    while (s != kNoState && is_back() && callbacks.left_out(s));
    return s;
  }
  /// True when the walk has called all that it had to.
  bool is_done(const Callbacks& callbacks) const {
    return inline_left_ == 0 && way_ != Way::Failed && next(callbacks) == kNoState;
  }
  /// True when the walk has still to come to this state, or to go past it.
  bool is_ahead(StateId state) const { return up_ ? state > pos_ : state < pos_; }
  bool is_beyond_bound(StateId state) const { return up_ ? state > bound_ : state <= bound_; }
  bool is_within(StateId state) const {
    return (up_ ? state > prev_ : state <= prev_) && !is_beyond_bound(state);
  }

  // ---------------------------------------------------------------------------- steps

  /// Takes a call of the state. Returns false when it does not come next in the walk's direction.
  bool call(const Ground& g, StateId state, bool multi) {
    if (state == pos_ && count_ > 0 && multi) {
      ++count_;
      return true;
    }
    if (!is_ahead(state)) return false;
    pass_to(g, state);
    count_ = 1;
    return true;
  }

  /// Takes a stretch (a sequence of plain callbacks, see outline.hpp) as one step. Returns false
  /// when it does not fit.
  bool call(const Ground& g, const Stretch& s) {
    if (!is_active() || failed_ != kNoState || cookie_ != kNoState) return false;
    if (s.up != up_ || s.target != target_ || s.before != pos_ || is_beyond_bound(s.to))
      return false;
    if (!g.callbacks.as_known(pos_, up_, count_)) leave(g);
    pos_ = s.to;
    count_ = 1;
    on_ = s.on;
    return true;
  }

  /// Ends the step `pos()`. Its number of calls is now final, and goes to the callbacks.
  [[gnu::noinline]] void leave(const Ground& g) {
    const std::uint16_t count = std::exchange(count_, std::uint16_t{0});
    if (count == 0 || failed_ == pos_) return;
    if (is_back() && pos_ == cookie_)
      end_undo(g, count);
    else if (!g.callbacks.as_known(pos_, up_, count))
      g.callbacks.passed(pass(g, pos_), pos_, count);
  }

  /// Moves the walk on to `state`. No event shows a call of the states in between.
  void pass_to(const Ground& g, StateId state) {
    leave(g);
    if (cookie_ != kNoState && cookie_ != state) end_undo(g, 0);
    const auto before = static_cast<StateId>(up_ ? state - 1 : state + 1);
    const bool atomic = is_of(Walker::Atomic);
    if (g.callbacks.next(pos_, before, up_, atomic) != kNoState)
      g.callbacks.skipped(pass(g, state), is_back(), atomic);
    pos_ = state;
  }

  /// Notes on which CPU the task left its last step; kNoCpu: it may continue on any CPU.
  void set_on(CpuId on) { on_ = on; }
  void moved(CpuId from, CpuId to) {
    if (on_ == from) on_ = to;
  }
  /// Notes that the bracket at `state` has ended, so that the steps beyond it follow.
  void leave_bracket(StateId state) { pos_ = state; }

  // ---------------------------------------------------------------------------- failures

  /// The step `at` failed, and the way back begins in the state `from`.
  void fail(StateId at, StateId from, std::int32_t error) {
    assert(is_active());
    if (way_ == Way::Forth) way_ = Way::Failed;
    failed_ = at;
    from_ = from;
    error_ = error;
    expect_sound();
  }

  /// The step failed for one of its instances. `by_itself`: it also undoes those that were called
  /// before. Otherwise the way back does so.
  void fail_partly(bool by_itself) {
    assert(way_ == Way::Failed && count_ > 1);
    (by_itself ? inline_left_ : undo_) = static_cast<std::uint16_t>(count_ - 1);
    if (by_itself) way_ = Way::FailedPerhaps;
  }

  /// A step failed that no event shows. `armed`: the value of the CPU's hotplug/fail, which may
  /// explain it. `first`: the first step of the way back.
  void fail_silently(const Ground& g, StateId armed, StateId first) {
    const bool stopped = armed != kNoState && armed != g.at.offline && is_ahead(armed) &&
                         !is_beyond_bound(armed) && way_back(g.callbacks, armed) == first;
    const StateId at = stopped ? armed : silent_fault(g, armed, first);
    if (stopped) g.callbacks.skipped(pass(g, at), false, is_of(Walker::Atomic));
    fail(at, at, error_);
  }

  /// True when the step is one that the failed step makes to undo an instance.
  bool undoes_instance(const Step& s) {
    if (inline_left_ == 0 || !s.undo || s.state != pos_) return false;
    --inline_left_;
    return true;
  }

  /// Reports instances that a failed step should have undone.
  void expect_instances_undone(const Ground& g) {
    if (inline_left_ > 0)
      g.find(words::kInstancesLeft, pos_, g.findings.step(pos_), g.cpu, inline_left_);
    inline_left_ = 0;
  }

  /// The walk goes on, although a step has failed.
  void go_on() {
    assert(way_ == Way::Failed || way_ == Way::FailedPerhaps);
    way_ = Way::Forth;
    failed_ = kNoState;
    expect_sound();
  }

  /// True when a fault may have ended the walk at one of its next states and left nothing to undo.
  /// In a kernel's trace no event shows such a fault. `armed`: the value of the CPU's hotplug/fail.
  bool may_end_here(const Ground& g, StateId armed) const {
    if (!g.judged.traced_only || is_back()) return false;
    const int end = next_or_last(g);
    for (int k = up_ ? pos_ + 1 : pos_ - 1; up_ ? k <= end : k >= end; k += up_ ? 1 : -1)
      if (could_fail(g, armed, static_cast<StateId>(k)) &&
          way_back(g.callbacks, static_cast<StateId>(k)) == kNoState)
        return true;
    return false;
  }

  // ---------------------------------------------------------------------------- the way back

  /// Begins the way back. Returns false when `first`, its first step, is the one that has failed.
  bool turn(StateId target, StateId first) {
    expect_sound();
    assert(way_ == Way::Failed || way_ == Way::FailedPerhaps);
    target_ = bound_ = target;
    up_ = !up_;
    way_ = Way::Back;
    pos_ = from_;
    count_ = 0;
    if (undo_ > 0) {
      cookie_ = failed_;
      pos_ = static_cast<StateId>(up_ ? failed_ - 1 : failed_ + 1);
    } else if (first == failed_ && failed_ == from_) {
      return false;
    }
    failed_ = kNoState;
    expect_sound();
    return true;
  }

  /// Returns the first step of the way back after a failure at `from`; kNoState: nothing has to be
  /// undone.
  StateId way_back(const Callbacks& callbacks, StateId from) const {
    const auto bound = static_cast<StateId>(up_ ? prev_ + 1 : prev_);
    StateId s = from;
    do s = callbacks.next(s, bound, !up_);
    while (s != kNoState && callbacks.left_out(s));
    return s;
  }

  /// Reports that a walk, which failed at `from`, does not undo what it had done before.
  void expect_nothing_to_undo(const Ground& g, StateId from) const {
    const StateId first = way_back(g.callbacks, from);
    if (first == kNoState) return;
    g.find(words::of_rollback(up_, words::kNoRollback), first, g.cpu, up_, g.findings.step(from),
           g.findings.step(first), up_ ? "undone" : "started again");
  }

  /// True when the way back may continue to offline. A boot that first kicks all CPUs undoes a
  /// failed bring-up in two parts: first down to cpu:kick_ap, where the CPU waited after its kick,
  /// and then, with the same target, the states below (docs/kernel.md 5.2).
  bool may_go_on_to_offline(const Ground& g) const {
    return is_back() && !up_ && bound_ <= g.at.kick_ap &&
           (g.rules.parallel_bringup || (g.rules.split_startup && !g.judged.traced_only));
  }
  void go_on_to(StateId bound) { bound_ = bound; }

 private:
  /// Whatever a stream has, a walk is in one of these situations.
  void expect_sound() const {
    const bool fails = way_ == Way::Failed || way_ == Way::FailedPerhaps;
    assert(fails ? failed_ != kNoState : failed_ == kNoState || is_back());
    assert(inline_left_ == 0 || way_ == Way::FailedPerhaps);
    assert(cookie_ == kNoState || is_back());
  }

  /// Returns the last step of the walk, whether or not it has a callback.
  StateId last() const { return static_cast<StateId>(up_ ? bound_ : bound_ + 1); }
  Pass pass(const Ground& g, StateId to) const {
    return {.cpu = g.cpu, .up = up_, .from = pos_, .to = to, .event = g.event};
  }

  /// Ends the first part of a way back, which undoes instances. `count`: how many were undone.
  void end_undo(const Ground& g, std::uint16_t count) {
    const StateId state = std::exchange(cookie_, kNoState);
    if (count != undo_) g.find(words::kUndone, state, g.findings.step(state), g.cpu, undo_, count);
  }

  /// Returns the farthest step at which a fault without an event can have ended the walk. The
  /// target in an event may lie outside of the table, so the result is limited to the table.
  StateId next_or_last(const Ground& g) const {
    const StateId step = next(g.callbacks);
    return step != kNoState ? step : std::clamp(last(), g.at.offline, g.at.online);
  }

  bool could_fail(const Ground& g, StateId armed, StateId state) const {
    if (armed != kNoState) return armed == state;
    return g.judged.table.valid(state) && g.callbacks.slot(state, up_);
  }

  /// Returns the state at which a fault that no event shows hit the walk, when `first` is the first
  /// step of the way back. Of the possible states, picks the one for which the fewest steps are
  /// missing.
  StateId silent_fault(const Ground& g, StateId armed, StateId first) const {
    const int end = next_or_last(g);
    StateId best = static_cast<StateId>(end);
    for (int k = end; up_ ? k > pos_ : k < pos_; k += up_ ? -1 : 1) {
      const auto state = static_cast<StateId>(k);
      if (!could_fail(g, armed, state) && k != end) continue;
      if (up_ ? state > first : state < first) best = state;
      if (way_back(g.callbacks, state) == first) return state;
    }
    return best;
  }

  Walker walker_;
  Way way_ = Way::None;
  bool up_ = true;
  StateId prev_ = kNoState;  ///< state in which the walk began
  StateId target_ = kNoState;
  StateId bound_ = kNoState;
  /// The last step that ran. Before the first step it is `prev_`, or `prev_` + 1 on a walk down.
  StateId pos_ = kNoState;
  StateId failed_ = kNoState;  ///< step that failed
  /// State from which the way back begins: the next step is below it after a walk up, above it
  /// after a walk down.
  StateId from_ = kNoState;
  /// The multi-instance state whose callback failed for one of its instances. The way back first
  /// undoes the instances that were called before it.
  StateId cookie_ = kNoState;
  std::uint16_t undo_ = 0;         ///< number of instances called before the one that failed
  std::uint16_t count_ = 0;        ///< number of calls of `pos_`; 0: it did not run
  std::uint16_t inline_left_ = 0;  ///< instances that still have to be undone without a way back
  std::int32_t error_ = 0;         ///< first error; 0 when no event shows it
  CpuId on_ = kNoCpu;              ///< CPU on which the task left its last step
};

}  // namespace cpuhp
