// The walk of one task through a CPU's states, with its way back when it fails: where it is, what it
// has to call next, and where it may have failed without an event.
//
// Internal to model/checks/.
#pragma once

#include <cstdint>

#include "model/checks/callbacks.hpp"
#include "model/checks/outline.hpp"
#include "model/checks/walk_findings.hpp"

namespace cpuhp {

/// What all walks share while the check of their order goes through a stream.
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

  /// True when a simulated CPU can get from one state to the other without an event. A walk of the
  /// control CPU that calls nothing has no event. In the asynchronous design, the same is true of a
  /// walk by the CPU itself above cpu:teardown.
  bool may_go_silently(StateId from, StateId to) const;
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
  void begin(bool up, StateId prev, StateId target, StateId bound, Way way = Way::Forth);
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
    return up_ ? state > prev_ && state <= bound_ : state <= prev_ && state > bound_;
  }
  /// Returns the first step of the way back after a failure at `from`; kNoState: nothing has to be
  /// undone.
  StateId way_back(const Callbacks& callbacks, StateId from) const;

  /// Takes a call of the state. Returns false when it does not come next in the walk's direction.
  bool call(const Ground& g, StateId state, bool multi);
  /// Takes a stretch (a sequence of plain callbacks, see outline.hpp) as one step. Returns false
  /// when it does not fit.
  bool call(const Ground& g, const Stretch& s);
  /// Ends the step `pos()`. Its number of calls is now final, and goes to the callbacks.
  void leave(const Ground& g);
  /// Moves the walk on to `state`. No event shows a call of the states in between.
  void pass_to(const Ground& g, StateId state);
  /// Notes on which CPU the task left its last step; kNoCpu: it may continue on any CPU.
  void set_on(CpuId on) { on_ = on; }
  /// Ends the takedown: its own callbacks have ended, and the steps below it follow.
  void come_to(StateId state) { pos_ = state; }

  /// The step `at` failed, and the way back begins in the state `from`.
  void fail(StateId at, StateId from, std::int32_t error);
  /// The step failed for one of its instances. `by_itself`: it also undoes those that were called
  /// before. Otherwise the way back does so.
  void fail_partly(bool by_itself);
  /// The failed step undoes one instance.
  bool undoes_instance(const Step& s);
  /// Reports instances that a failed step should have undone.
  void tell_instances_left(const Ground& g);
  /// The walk goes on, although a step has failed.
  void go_on();
  /// Begins the way back. Returns false when `first`, its first step, is the one that has failed.
  bool turn(StateId target, StateId first);

  /// True when the way back may continue to offline. A boot that first kicks all CPUs undoes a
  /// failed bring-up in two parts: first down to cpu:kick_ap, where the CPU waited after its kick,
  /// and then, with the same target, the states below (docs/kernel.md 5.2).
  bool boot_goes_on(const Ground& g) const;
  void go_on_to(StateId bound) { bound_ = bound; }

  // In the following, `armed` is the value of the CPU's hotplug/fail (CpuWalks::armed).

  /// True when a fault may have ended the walk at one of its next states and left nothing to undo.
  /// In a kernel's trace no event shows such a fault.
  bool may_end_here(const Ground& g, StateId armed) const;
  /// A step failed that no event shows. `first`: the first step of the way back.
  void fail_silently(const Ground& g, StateId armed, StateId first);

 private:
  /// Returns the last step of the walk, whether or not it has a callback.
  StateId last() const { return static_cast<StateId>(up_ ? bound_ : bound_ + 1); }
  Pass pass(const Ground& g, StateId to) const {
    return {.cpu = g.cpu, .up = up_, .from = pos_, .to = to, .event = g.event};
  }
  StateId next_or_last(const Ground& g) const;
  bool could_fail(const Ground& g, StateId armed, StateId state) const;
  StateId silent_fault(const Ground& g, StateId armed, StateId first) const;
  void tell_undone(const Ground& g, std::uint16_t count);
  void expect_sound() const;

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
