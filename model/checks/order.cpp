// Follows every CPU on its way through the states. The two examples below show the check's
// variables for CPU 1, with table x86_64-6.1: cpu:bringup 91, idle:dead 92, cpu:teardown 153, idle
// entry 154, online 236.
// - state: Walker::state, the state of the CPU.
// - control, thread, atomic: one Level for each task that walks. It shows the direction with
//   "prev>target", then @pos; "-": not active; blank: as in the line above.
// - A bracket (a step within which other steps run) is judged at its enter and at its exit, any
//   other step at its exit only. "...": steps that change only pos and state.
//
// A way up that fails at 197, workqueue:online (tests/golden/fail-one-step.symmetric.txt):
//
//   event                           state  control       thread         what happens
//   acquire cpu_hotplug_lock            0  -             -              WalkBegin: rest()
//   step 1, target 236                  1  up 0>236 @1   -              begin_control(), bound 91
//   ... 2 to 68                        68  @68           -
//   enter 91 bringup_cpu, target 236   91  @91           -              atomic: up 91>236 @91
//   steps 94, 149 (STARTING)           91                               atomic: @149
//   step 156, target 236              156  @91           up 154>236     atomic ends; begin_thread()
//   ... 158 to 196                    196                @196
//   step 197, ret -12                 197                @197           fail(): failed = from = 197
//   step 196, target 154              195                down @196      turn(): target 154
//   ... 162, 156, 155                 154                @155
//   exit 91, state 154, ret -12       154  failed 91     -              end_bringup(): from = 154
//   enter 153 takedown_cpu, target 0  152  down @153     -              turn(): target 0
//   steps 149 to 94 (DYING)           152                               atomic: down 153>0 @94
//   exit 153, state 92                 92                               end_takedown(), atomic ends
//   step 91 finish_cpu                 90  @91           -              forward(), a plain callback
//   ... 70 to 2                         1  @2            -
//   op_end, rest 0                      0  -             -              finish(): none is missing
//
// A takedown that the CPU refuses with -28 (fault refused_takedown, whose own event the check does
// not use):
//
//   acquire cpu_hotplug_lock          236  -             -
//   enter 236 kick_ap_work, to 153    236  -             down 236>153   begin_kick()
//   ... 235 to 155                    154  -             @155
//   exit 236, state 153               153  -             -              end_kick(): pending
//   enter 153 takedown_cpu, target 0  152  down 153>0    -              atomic: down 153>0 @154
//   exit 153, state 152, ret -28      153  -             -              take_down_failed(): refused
//   step 156, target 236              156  -             up 153>236     begin_thread(): turned
//   ... 158 to 235                    235  -             @235
//   op_end, rest 236                  236  -             -              finish(): none is missing
#include "model/checks/order.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "model/checks/outline.hpp"

namespace cpuhp {
namespace {

constexpr const char* kOrder = "docs/kernel.md 7, I1";
constexpr const char* kNesting = "docs/kernel.md 7, I4";
constexpr const char* kTwice = "docs/kernel.md 7, I8";
constexpr const char* kFailing = "docs/kernel.md 7, I10";
constexpr const char* kRollback = "docs/kernel.md 7, I11 and I12";
constexpr const char* kFirstError = "docs/kernel.md 7, I13";
constexpr const char* kState = "docs/kernel.md 7, I29";
constexpr const char* kInstances = "docs/kernel.md 7, I31";
constexpr const char* kTarget = "docs/kernel.md 6.4";
constexpr const char* kTask = "docs/kernel.md 4.4";
constexpr const char* kComplete = "docs/kernel.md 4.4";

/// The walk of one task through the states, including its way back when it fails.
struct Level {
  bool active = false;
  bool up = true;
  bool turned = false;        ///< the walk is on its way back
  bool maybe = false;         ///< the step undid instances itself, and its error may be lost (B22)
  StateId prev = kNoState;    ///< state in which the walk began
  StateId target = kNoState;  ///< target in the enters of its steps
  StateId bound = kNoState;   ///< state in which the walk has to end
  /// The last step that ran. Before the first step it is `prev`, or `prev` + 1 on a walk down.
  StateId pos = kNoState;
  StateId failed = kNoState;  ///< step that failed
  /// State from which the way back begins: the next step is below it after a walk up, above it
  /// after a walk down.
  StateId from = kNoState;
  /// The multi-instance state whose callback failed for one of its instances. The way back first
  /// undoes the instances that were called before it.
  StateId cookie = kNoState;
  std::uint16_t undo = 0;         ///< number of instances called before the one that failed
  std::uint16_t count = 0;        ///< number of calls of `pos`; 0: it did not run
  std::uint16_t inline_left = 0;  ///< instances that still have to be undone without a way back
  std::int32_t error = 0;         ///< first error; 0 when no event shows it
  CpuId on = kNoCpu;              ///< CPU on which the task left its last step
};

/// One CPU: its state, and the walks under way for it.
struct Walker {
  StateId state = kNoState;  ///< state of the CPU; kNoState: unknown
  Level control, thread, atomic;
  /// Kind of the open bracket (a step that encloses other steps); Callback: none is open.
  StepKind bracket = StepKind::Callback;
  StateId kicked_from = kNoState;  ///< state of the CPU when its thread began to walk down
  /// The thread has walked down to cpu:teardown, so the CPU's next step must be the takedown.
  bool pending = false;
  bool refused = false;  ///< the takedown failed, so the thread must walk back up to kicked_from
  bool lost = false;     ///< a rollback failed, so the CPU's state is unknown
  /// A step of the way back failed, so no further step of this way may come.
  bool lost_on_the_way = false;
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
};

class OrderCheck {
 public:
  OrderCheck(const EventStream& stream, const Judged& judged, const Walks& walks,
             Callbacks& callbacks)
      : stream_(stream),
        judged_(judged),
        rules_(judged.rules),
        at_(judged.table.anchors()),
        walks_(walks),
        callbacks_(callbacks),
        cpus_(stream.nr_cpus) {
    head_ = judged.traced_only && (judged.marks.empty() || judged.marks[0].before != 0);
    if (!judged.traced_only)
      for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu) noted(cpu).state = at_.offline;
  }

  std::vector<Finding> run() {
    for (const Token& t : walks_.tokens) {
      event_ = t.event;
      see(t);
    }
    if (judged_.complete)
      for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu) rest(cpu);
    return std::move(findings_);
  }

 private:
  void see(const Token& t) {
    if (t.kind == Token::Kind::Stretch) return stretch(walks_.outline->stretch(t.step));
    if (!t.of_step()) return beside_steps(t);
    see(t.kind, walks_.steps[t.step]);
  }

  void see(Token::Kind kind, const Step& s) {
    Walker& w = whose(s.cpu);
    if (s.registered && !walks_on(w, s)) return registered(w, s);
    if (w.lost && !found_again(w, kind, s)) return goes_on_lost(w, kind, s);
    if (kind == Token::Kind::Begin) return begin_bracket(w, s);
    if (kind == Token::Kind::End) return end_bracket(w, s);
    call(w, s);
  }

  Walker& whose(CpuId cpu) {
    cpu_ = cpu;
    Walker& w = cpus_[cpu];
    w.moved = true;
    if (!w.listed) {
      w.listed = true;
      active_.push_back(cpu);
      noted(cpu);
    }
    return w;
  }

  /// Returns the CPU's record, and adds the CPU to the list of known CPUs. A mark (a fact that a
  /// recording gives without an event) may be about all CPUs. Such a mark is applied to the listed
  /// CPUs only, because a machine may have many CPUs without any event.
  Walker& noted(CpuId cpu) {
    Walker& w = cpus_[cpu];
    if (!w.noted) {
      w.noted = true;
      noted_.push_back(cpu);
    }
    return w;
  }

  /// Takes a stretch (a sequence of plain callbacks, see outline.hpp) as one step when it fits the
  /// walk. Otherwise handles each of its callbacks as a step.
  void stretch(const Stretch& s) {
    Walker& w = whose(s.cpu);
    if (!w.lost && goes_along(w, s)) return;
    Step step;
    walks_.outline->each_event(s, [&](std::uint32_t i) {
      const Event& e = stream_.events[i];
      if (e.kind == EventKind::Enter) {
        step = entered_step(e, i);
      } else {
        step.exit = event_ = i;
        step.after = e.value;
        step.up = s.up;
        see(Token::Kind::Call, step);
      }
    });
  }

  bool goes_along(Walker& w, const Stretch& s) {
    if (s.section == Section::Starting) return goes_along(w.atomic, s);
    if (w.atomic.active) return false;
    if (s.section == Section::Online) {
      if (!goes_along(w.thread, s)) return false;
      w.state = after(w.thread);
      return true;
    }
    const bool settled = !w.thread.active && !w.refused && !w.pending;
    if (!settled || s.on != w.control.on || !goes_along(w.control, s)) return false;
    w.outside = false;
    w.state = after(w.control);
    return true;
  }

  bool goes_along(Level& l, const Stretch& s) {
    if (!l.active || l.failed != kNoState || l.inline_left > 0 || l.cookie != kNoState)
      return false;
    if (s.up != l.up || s.target != l.target || s.before != l.pos) return false;
    if (l.up ? s.to > l.bound : s.to <= l.bound) return false;
    if (!callbacks_.as_known(l.pos, l.up, l.count)) leave(l);
    l.pos = s.to;
    l.count = 1;
    l.on = s.on;
    return true;
  }

  void beside_steps(const Token& t) {
    switch (t.kind) {
      case Token::Kind::OpBegin:
        to_teardown_ = t.state == at_.teardown || (t.step > 0 && to_teardown_);
        if (walks_.registers) callbacks_.changed(kNoState);
        return;
      case Token::Kind::OpEnd:
        return rest_all();
      case Token::Kind::WalkBegin:
        return rest(t.cpu);
      case Token::Kind::Rest:
        return known(t);
      case Token::Kind::Unseen:
        return unseen(t.cpu);
      case Token::Kind::Armed:
        if (t.cpu < cpus_.size()) noted(t.cpu).armed = t.state;
        return;
      case Token::Kind::Stopped:
        return stopped(t);
      case Token::Kind::Online:
      case Token::Kind::Offline:
        return in_mask(t);
      case Token::Kind::Gap:
        for (const CpuId cpu : noted_) cpus_[cpu] = {};
        noted_.clear();
        active_.clear();
        callbacks_.changed(kNoState);
        head_ = true;
        return;
      case Token::Kind::Injected:
        cpu_ = t.cpu;
        return injected(noted(t.cpu), t.state);
      default:
        return;
    }
  }

  // ---------------------------------------------------------------------------- findings

  void find(const char* invariant, const char* source, const Step& s, const std::string& what) {
    add(invariant, source, s.event(), s.state,
        step_text(judged_.table, s.state) + " of CPU " + std::to_string(s.cpu) + ' ' + what);
  }
  void add(const char* invariant, const char* source, std::uint32_t event, StateId state,
           std::string text) {
    findings_.push_back({invariant, source, cpu_, stream_.events[event].time, std::move(text),
                         place_of(judged_.table, state), event});
  }
  std::string cpu_text() const { return "CPU " + std::to_string(cpu_); }

  // ---------------------------------------------------------------------------- between walks

  void rest_all() {
    for (const CpuId cpu : active_) {
      cpus_[cpu].listed = false;
      rest(cpu);
    }
    active_.clear();
  }

  /// Ends all walks of the CPU. Called when no operation moves the CPU any more.
  void rest(CpuId cpu) {
    Walker& w = cpus_[cpu];
    cpu_ = cpu;
    if (!w.lost) finish_all(w);
  }

  void unseen(CpuId whose) {
    rest_all();
    head_ = false;
    for (const CpuId cpu : noted_)
      if (whose == kNoCpu || whose == cpu) forget(cpus_[cpu], kNoState);
  }

  /// Sets the CPU's state to the given one (kNoState: unknown) and forgets its walks. The value of
  /// hotplug/fail stays as it is.
  static void forget(Walker& w, StateId state) {
    const Walker before = w;
    w = Walker{.state = state,
               .walked = before.walked,
               .armed = before.armed,
               .listed = before.listed,
               .noted = before.noted};
    if (state != kNoState) w.mask = before.mask;
  }

  void known(const Token& t) {
    if (t.cpu >= cpus_.size()) return;
    told_ = t.state;
    rest(t.cpu);
    told_ = kNoState;
    Walker& w = noted(t.cpu);
    if (!judged_.traced_only && w.state == at_.offline) w.state = kNoState;
    if (!w.lost && w.state != kNoState && w.state != t.state && !silently(w.state, t.state))
      add("I29", kState, event_, t.state,
          cpu_text() + " is in " + step_text(judged_.table, t.state) + ", but its walks end in " +
              step_text(judged_.table, w.state));
    if (against_mask(w, t.state))
      add("I29", kState, event_, t.state,
          cpu_text() + " is in " + step_text(judged_.table, t.state) + ", but it was " +
              (w.mask > 0 ? "online" : "offline") +
              " before, and no step of this CPU since then explains the change");
    forget(w, t.state);  // The CPU's state is known again.
  }

  /// Handles a Mark (judged.hpp) which says that hotplug/fail stopped the CPU's walk. The callbacks
  /// before the state in hotplug/fail must have run.
  void stopped(const Token& t) {
    if (t.cpu >= cpus_.size()) return;
    Walker& w = noted(t.cpu);
    cpu_ = t.cpu;
    if (w.moved || w.lost || w.state == kNoState || w.armed <= at_.offline) return;
    const bool up = t.state > w.state;
    const StateId end = static_cast<StateId>(up ? w.armed - 1 : w.armed + 1);
    const StateId first =
        callbacks_.next(static_cast<StateId>(up ? w.state : w.state + 1), end, up);
    w.armed = at_.offline;
    if (first == kNoState || !callbacks_.told(first, up)) return;
    add("complete", kComplete, event_, first,
        cpu_text() + " was stopped at step " + std::to_string(up ? end + 1 : end - 1) + ", but " +
            step_text(judged_.table, first) +
            ", which the walk must run before that step, is missing");
  }

  /// True when `state` contradicts the last mark of the CPU's online bit, and no step in between
  /// explains the change.
  bool against_mask(const Walker& w, StateId state) const {
    if (w.lost || w.moved || w.state != kNoState || w.mask == 0) return false;
    return w.mask > 0 ? state <= at_.idle_dead : state >= at_.ap_online_idle;
  }

  /// Compares the online mask after an operation with the CPU's walks, even for a CPU that the
  /// operation was not about.
  void in_mask(const Token& t) {
    if (t.cpu >= cpus_.size()) return;
    rest(t.cpu);
    Walker& w = noted(t.cpu);
    const bool online = t.kind == Token::Kind::Online;
    const char before = std::exchange(w.mask, online ? char{1} : char{-1});
    if (w.lost) return;
    const bool walked =
        w.state != kNoState && (online ? w.state <= at_.idle_dead : w.state >= at_.ap_online_idle);
    const bool unseen = w.state == kNoState && !w.moved && before != 0 && before != w.mask;
    if (walked || unseen) {
      add("I29", kState, event_, online ? at_.online : at_.offline,
          cpu_text() + (online ? " is online" : " is offline") +
              (walked ? ", but its walks end in " + step_text(judged_.table, w.state)
                      : ", but no step of this CPU shows how it got there"));
      w.state = kNoState;
    }
    w.moved = false;
  }

  /// True when a simulated CPU can get from one state to the other without an event. A walk of the
  /// control CPU that calls nothing has no event. In the asynchronous design, the same is true of a
  /// walk by the CPU itself above cpu:teardown.
  bool silently(StateId from, StateId to) const {
    if (judged_.traced_only) return false;
    const bool up = to > from;
    const StateId begin =
        up && judged_.async && from >= at_.kick_ap ? std::max(from, at_.ap_online_idle) : from;
    const auto [low, high] = std::minmax(begin, to);
    if (high >= at_.bringup && !(judged_.async && low >= at_.teardown)) return false;
    if (walks_.registers) return true;
    return up ? callbacks_.next(begin, to, true) == kNoState
              : callbacks_.next(static_cast<StateId>(from + 1), static_cast<StateId>(to + 1),
                                false) == kNoState;
  }

  /// True when this step shows the state of a CPU whose state was unknown. Two steps do: a kick,
  /// whose number is the CPU's state, and the first step of a walk up from offline.
  bool found_again(Walker& w, Token::Kind kind, const Step& s) {
    const bool kick = kind == Token::Kind::Begin && s.kind == StepKind::Kick;
    const bool bottom =
        kind == Token::Kind::Call && s.up && s.state == callbacks_.next(0, at_.online, true);
    if (!kick && !bottom) return false;
    forget(w, kick ? s.state : at_.offline);
    return true;
  }

  /// Reports a step that follows an error on the way back. The kernel stops at such an error.
  void goes_on_lost(Walker& w, Token::Kind kind, const Step& s) {
    if (!std::exchange(w.lost_on_the_way, false)) return;
    const bool thread = judged_.table.section(s.state) == Section::Online;
    const Level& l = thread ? w.thread : w.control;
    if (kind != Token::Kind::Call || !l.active || !l.turned || s.up != l.up) return;
    if (!beyond(l, s.state) || s.target != l.target || (!thread && rules_.parallel_bringup)) return;
    find(l.up ? "I12" : "I11", kRollback, s,
         "runs after step " + std::to_string(l.pos) + " has failed in the same rollback");
  }

  /// True when a step that looks like a call by a registration is the next step of the CPU's walk.
  /// In a kernel's trace, a wrong state in its exit can make a step look like such a call.
  bool walks_on(const Walker& w, const Step& s) const {
    const Level& l = w.control;
    return judged_.traced_only && l.active && s.target == l.target && s.up == l.up &&
           s.state == next_step(w, l);
  }

  void registered(Walker& w, const Step& s) {
    // After a failed call, the registration's further calls at this state undo it.
    if (s.ret != 0)
      refused_ = s.state;
    else if (s.state != refused_)
      refused_ = kNoState;
    const bool known = judged_.traced_only || s.name == walks_.names.at(s.state).startup;
    callbacks_.changed(s.state, known && s.up && refused_ == kNoState);
    finish_all(w);
    if (!s.left()) return;
    // Two cases are no findings. Before 6.2 the boot CPU's target is 0 until that CPU is plugged.
    // And a walk goes past a target in the STARTING section (docs/kernel.md 4.1, 6.1).
    if (s.entered() && s.target != s.after && (s.target != at_.offline || w.walked) &&
        s.after != at_.ap_online_idle && !w.lost)
      find("target", kTarget, s,
           "has target " + std::to_string(s.target) + ", but the CPU rests in state " +
               std::to_string(s.after));
    if (w.state != kNoState && s.after != w.state)
      find("I29", kState, s,
           "is called outside of a walk and exits with state " + std::to_string(s.after) +
               ", but the CPU rests in state " + std::to_string(w.state));
    w.state = s.after;
  }

  void finish_all(Walker& w) {
    finish_atomic(w);
    const bool thread_ran = w.thread.active;
    finish(w, w.thread);
    if (w.refused && !thread_ran) rollback_missing(w);
    if (w.pending) takedown_missing(w);
    w.refused = w.pending = false;
    finish(w, w.control);
    w.bracket = StepKind::Callback;
    w.outside = false;
  }

  void rollback_missing(Walker& w) {
    if (w.kicked_from == kNoState || w.kicked_from <= at_.teardown) return;
    const StateId first = callbacks_.next(at_.teardown, w.kicked_from, true);
    if (first != kNoState)
      add("I12", kRollback, event_, first,
          cpu_text() + " could not be taken down, but " + step_text(judged_.table, first) +
              " is not started again");
    w.state = first == kNoState ? w.kicked_from : kNoState;
  }

  void takedown_missing(Walker& w) {
    w.state = at_.teardown;
    if (!judged_.table.at(at_.teardown).cant_stop) return;  // The CPU may stay in that state.
    if (!judged_.traced_only && to_teardown_) return;
    add("complete", kComplete, event_, at_.teardown,
        step_text(judged_.table, at_.teardown) + " of " + cpu_text() +
            " is missing: the CPU's hotplug thread came down to this state, but the control CPU "
            "did not take the CPU down");
  }

  // ---------------------------------------------------------------------------- faults

  void injected(Walker& w, StateId state) {
    if (w.lost) return;
    if (w.pending && state == at_.teardown) {
      w.pending = false;
      w.refused = true;
      w.state = at_.teardown;
      return;
    }
    const Section section = judged_.table.section(state);
    if (section == Section::Starting) {
      if (w.atomic.active) pass_to(w, w.atomic, state);
      if (!rules_.atomic_errors_ignored && rules_.decrement_first) w.atomic.failed = state;
      return;
    }
    Level& l = section == Section::Online ? w.thread : w.control;
    if (section == Section::Online && !l.active && w.bracket == StepKind::Bringup)
      start(l, true, at_.ap_online_idle, w.control.target, w.control.target);
    if (!l.active) return;
    if (l.turned) {
      pass_to(w, l, state);
      w.lost = !undo_goes_on(w, l);
      return;
    }
    pass_to(w, l, state);
    l.failed = l.from = state;
    l.error = -EAGAIN;
  }

  // ---------------------------------------------------------------------------- levels

  static void start(Level& l, bool up, StateId prev, StateId target, StateId bound) {
    l = Level{.active = true, .up = up, .prev = prev, .target = target, .bound = bound};
    l.pos = static_cast<StateId>(up ? prev : prev + 1);
  }

  bool is_atomic(const Walker& w, const Level& l) const { return &l == &w.atomic; }
  bool is_control(const Walker& w, const Level& l) const { return &l == &w.control; }
  /// True when the way back continues after one of its own steps failed. Up to 5.12 the control CPU
  /// ignores errors on the way back, and in v4.6 every task does.
  bool undo_goes_on(const Walker& w, const Level& l) const {
    return is_control(w, l) ? rules_.control_is_late() : !rules_.decrement_first;
  }

  /// Returns the last step of the walk, whether or not it has a callback.
  static StateId last(const Level& l) { return static_cast<StateId>(l.up ? l.bound : l.bound + 1); }

  /// Returns the next step that the walk has to call; kNoState: there is none.
  StateId next_step(const Walker& w, const Level& l) const {
    StateId s = l.pos;
    do s = callbacks_.next(s, last(l), l.up, is_atomic(w, l));
    while (s != kNoState && l.turned && callbacks_.left_out(s));
    return s;
  }

  /// Returns the farthest step at which a fault without an event can have ended the walk. The
  /// target in an event may lie outside of the table, so the result is limited to the table.
  StateId next_or_last(const Walker& w, const Level& l) const {
    const StateId next = next_step(w, l);
    return next != kNoState ? next : std::clamp(last(l), at_.offline, at_.online);
  }

  bool done(const Walker& w, const Level& l) const {
    return l.inline_left == 0 && (l.failed == kNoState || l.turned || l.maybe) &&
           next_step(w, l) == kNoState;
  }

  static bool beyond(const Level& l, StateId state) { return l.up ? state > l.pos : state < l.pos; }

  Pass pass(const Level& l, StateId to) const {
    return {.cpu = cpu_, .up = l.up, .from = l.pos, .to = to, .event = event_};
  }

  /// Ends the step `l.pos`. Its number of calls is now final, and goes to callbacks_.
  [[gnu::noinline]] void leave(Level& l) {
    const std::uint16_t count = std::exchange(l.count, std::uint16_t{0});
    if (count == 0 || l.failed == l.pos) return;
    if (!l.turned || l.pos != l.cookie) {
      if (!callbacks_.as_known(l.pos, l.up, count)) callbacks_.passed(pass(l, l.pos), l.pos, count);
      return;
    }
    if (count != l.undo) undone(l, count);
    l.cookie = kNoState;
  }

  void undone(const Level& l, std::uint16_t count) {
    add("I31", kInstances, event_, l.cookie,
        step_text(judged_.table, l.cookie) + " of " + cpu_text() + " had run for " +
            std::to_string(l.undo) + " instances when it failed, but the rollback undoes " +
            std::to_string(count));
  }

  /// Moves the walk on to `state`. No event shows a call of the states in between.
  void pass_to(const Walker& w, Level& l, StateId state) {
    leave(l);
    if (l.cookie != kNoState && l.cookie != state) {
      undone(l, 0);
      l.cookie = kNoState;
    }
    const auto before = static_cast<StateId>(l.up ? state - 1 : state + 1);
    const bool atomic = is_atomic(w, l);
    if (callbacks_.next(l.pos, before, l.up, atomic) != kNoState)
      callbacks_.skipped(pass(l, state), l.turned, atomic);
    l.pos = state;
  }

  /// Ends a walk, and checks that it went as far as it had to. `told`: an event says how it ended.
  void finish(Walker& w, Level& l, bool told = false) {
    if (!l.active) return;
    leave(l);
    if (l.inline_left > 0) instances_left(l);
    const bool failed = l.failed != kNoState && !l.turned && !l.maybe;
    if (failed) {
      if (way_back(l, l.from) != kNoState) no_rollback(l, l.from);
      w.state = l.prev;
    } else if (!told && told_ != l.bound && next_step(w, l) != kNoState && silent_end(w, l)) {
      w.state = kNoState;
      if (w.armed != kNoState) w.armed = at_.offline;
    } else {
      // When a CPU boots or dies, the exit of cpu:bringup or cpu:teardown gives the new state.
      const bool booted = is_control(w, l) && l.up && l.pos == at_.bringup;
      const bool died = is_control(w, l) && !l.up && l.bound >= at_.idle_dead;
      if (died && l.pos == at_.teardown) {
        // Up to 5.12 the control CPU continues from the state that the dying CPU reports.
        w.state = rules_.control_is_late() && !judged_.async ? at_.bringup : at_.idle_dead;
      } else if (!booted) {
        pass_to(w, l, static_cast<StateId>(l.up ? l.bound + 1 : l.bound));
        w.state = l.bound;
        if (judged_.async && is_control(w, l) && l.up && !l.turned && l.target > l.bound &&
            callbacks_.next(at_.ap_online_idle, l.target, true) == kNoState)
          // The CPU may have walked on by itself, without a call and so without an event.
          w.state = kNoState;
        if (boot_goes_on(l) && callbacks_.next(l.bound + 1, at_.offline, false) == kNoState)
          // The way back may continue down to offline without an event.
          w.state = kNoState;
      }
      // (When the table was made from the trace itself, the kernel's version is unknown.)
      if (l.turned && l.up && is_control(w, l) && (rules_.control_is_late() || judged_.inferred))
        // Up to 5.12 the way back may go one state too far (docs/kernel.md 3.3).
        w.state = kNoState;
    }
    l = Level{};
  }

  /// True when the way back may continue to offline. A boot that first kicks all CPUs undoes a
  /// failed bring-up in two parts: first down to cpu:kick_ap, where the CPU waited after its kick,
  /// and then, with the same target, the states below (docs/kernel.md 5.2).
  bool boot_goes_on(const Level& l) const {
    const bool may = rules_.parallel_bringup || (rules_.split_startup && !judged_.traced_only);
    return may && l.turned && !l.up && l.bound <= at_.kick_ap;
  }

  void finish_atomic(Walker& w) {
    if (!w.atomic.active) return;
    leave(w.atomic);
    if (w.atomic.failed == kNoState)
      pass_to(w, w.atomic, static_cast<StateId>(w.atomic.up ? w.atomic.bound + 1 : w.atomic.bound));
    w.atomic = Level{};
  }

  /// Returns the first step of the way back after a failure at `from`; kNoState: nothing has to be
  /// undone.
  StateId way_back(const Level& l, StateId from) const {
    const auto bound = static_cast<StateId>(l.up ? l.prev + 1 : l.prev);
    StateId s = from;
    do s = callbacks_.next(s, bound, !l.up);
    while (s != kNoState && callbacks_.left_out(s));
    return s;
  }

  /// True when a fault may have ended the walk at one of its next states and left nothing to undo.
  /// In a kernel's trace no event shows such a fault.
  bool silent_end(const Walker& w, const Level& l) const {
    if (!judged_.traced_only || l.turned) return false;
    const int end = next_or_last(w, l);
    for (int k = l.up ? l.pos + 1 : l.pos - 1; l.up ? k <= end : k >= end; k += l.up ? 1 : -1)
      if (could_fail(w, l, static_cast<StateId>(k)) &&
          way_back(l, static_cast<StateId>(k)) == kNoState)
        return true;
    return false;
  }

  bool could_fail(const Walker& w, const Level& l, StateId state) const {
    if (w.armed != kNoState) return w.armed == state;
    return judged_.table.valid(state) && callbacks_.slot(state, l.up);
  }

  void no_rollback(const Level& l, StateId from) {
    const StateId first = way_back(l, from);
    add(l.up ? "I11" : "I12", kRollback, event_, first,
        cpu_text() + " failed on its way " + (l.up ? "up" : "down") + " at " +
            step_text(judged_.table, from) + ", but " + step_text(judged_.table, first) +
            (l.up ? " is not undone" : " is not started again"));
  }

  void instances_left(Level& l) {
    add("I31", kInstances, event_, l.pos,
        step_text(judged_.table, l.pos) + " of " + cpu_text() + " failed for one instance, but " +
            std::to_string(l.inline_left) + " of the other instances are not undone");
    l.inline_left = 0;
  }

  // ---------------------------------------------------------------------------- callbacks

  void call(Walker& w, const Step& s) {
    if (!s.entered() && head_) {
      w.state = s.after;
      return;
    }
    if (s.role != Role::CpuhpThread) head_ = false;
    switch (judged_.table.section(s.state)) {
      case Section::Starting:
        return call_atomic(w, s);
      case Section::Online:
        return call_thread(w, s);
      default:
        return call_control(w, s);
    }
  }

  /// Returns the CPU's state after the step `l.pos`.
  static StateId after(const Level& l) { return static_cast<StateId>(l.up ? l.pos : l.pos - 1); }

  void call_atomic(Walker& w, const Step& s) {
    Level& l = w.atomic;
    if (!l.active) start_atomic(w, s.role != Role::Stopper, s.target);
    if (s.state == l.pos && l.count > 0 && s.multi) {
      ++l.count;
    } else if (beyond(l, s.state)) {
      pass_to(w, l, s.state);
      l.count = 1;
    } else {
      out_of_order(l, s);
    }
    if (s.ret != 0 && rules_.decrement_first && !rules_.atomic_errors_ignored) l.failed = s.state;
  }

  void start_atomic(Walker& w, bool up, StateId target) {
    start(w.atomic, up, up ? at_.bringup : at_.teardown, target,
          up ? std::min(target, at_.ap_online) : std::max(target, at_.ap_offline));
  }

  void call_control(Walker& w, const Step& s) {
    settle_thread(w);
    if (!w.control.active) begin_control(w, s);
    drive(w, w.control, s);
  }

  /// Ends the thread's walk, because the control CPU continues.
  void settle_thread(Walker& w) {
    finish_atomic(w);
    const bool thread_ran = w.thread.active;
    finish(w, w.thread);
    if (w.refused && !thread_ran) rollback_missing(w);
    if (w.pending) takedown_missing(w);
    w.refused = w.pending = w.outside = false;
  }

  void begin_control(Walker& w, const Step& s) {
    w.walked = true;
    const bool fits = s.up ? w.state < s.state : w.state >= s.state && w.state <= at_.teardown;
    if (w.state != kNoState && !fits) {
      find("I29", kState, s,
           "begins a walk " + std::string(s.up ? "up" : "down") + ", but the CPU is in state " +
               std::to_string(w.state));
      w.state = kNoState;
    }
    if (w.state == kNoState) w.state = s.up ? resting_below(s.state) : s.state;
    const StateId target = s.target == kNoState ? (s.up ? at_.online : at_.offline) : s.target;
    const bool again = !judged_.traced_only && rules_.split_startup && !s.up && target >= s.state;
    // A boot that gives up a kicked CPU keeps the target of the way up, but walks down to offline.
    start(w.control, s.up, w.state, target, again ? at_.offline : control_bound(s.up, target));
  }

  StateId control_bound(bool up, StateId target) const {
    if (!up) return target;
    return std::min(target, judged_.async ? at_.kick_ap : at_.bringup);
  }

  /// Returns the state in which a walk up can have begun if its first step is `state`. This is the
  /// next lower state that may be a target, because a CPU stays only in such states between walks.
  StateId resting_below(StateId state) const {
    for (int s = state - 1; s > at_.offline; --s) {
      const State& each = judged_.table.at(static_cast<StateId>(s));
      const bool core = s == at_.threads_prepare || s == at_.bringup;
      if (!each.name.empty() && !each.cant_stop && !core) return each.id;
    }
    return at_.offline;
  }

  void call_thread(Walker& w, const Step& s) {
    finish_atomic(w);
    if (!w.thread.active && !begin_thread(w, s)) return;
    drive(w, w.thread, s);
  }

  bool begin_thread(Walker& w, const Step& s) {
    Level& l = w.thread;
    if (w.bracket == StepKind::Bringup) {
      const StateId target = w.control.active ? w.control.target : s.target;
      start(l, true, at_.ap_online_idle, target, target);
      return true;
    }
    if (w.pending || w.refused) {
      w.refused = true;
      w.pending = false;
      const StateId back = w.kicked_from == kNoState ? s.target : w.kicked_from;
      start(l, true, at_.teardown, back, back);
      l.turned = true;
      return true;
    }
    if (judged_.async) {
      begin_by_itself(w, s);
      return true;
    }
    if (!head_ && !w.outside)
      find("I4", kNesting, s,
           "runs in the hotplug thread, but not within cpuhp_kick_ap_work, cpu:bringup or "
           "cpu:teardown");
    w.outside = !head_;
    w.state = s.after;
    return false;
  }

  /// In the asynchronous design: begins the walk of a CPU that wakes its own thread.
  void begin_by_itself(Walker& w, const Step& s) {
    finish(w, w.control);
    Level& l = w.thread;
    const StateId target = s.target == kNoState ? (s.up ? at_.online : at_.offline) : s.target;
    if (s.up) {
      const StateId from = w.state > at_.ap_online_idle ? w.state : at_.ap_online_idle;
      w.kicked_from = at_.online;
      return start(l, true, from, target, target);
    }
    const StateId from = w.state == kNoState || w.state < s.state ? s.state : w.state;
    w.kicked_from = from;
    start(l, false, from, target, std::max(target, at_.teardown));
  }

  // ---------------------------------------------------------------------------- one step

  void drive(Walker& w, Level& l, const Step& s) {
    if (l.inline_left > 0) {
      if (s.undo && s.state == l.pos) {
        --l.inline_left;
        return;
      }
      instances_left(l);
    }
    const bool target_fits = s.target == kNoState || s.target == l.target;
    if (s.up == l.up && target_fits && !again(w, l, s)) return forward(w, l, s);
    const StateId back = turned_target(w, l);
    const bool back_fits = s.target == kNoState || s.target == back;
    if (s.up != l.up && !l.turned && back_fits && !done(w, l)) return turn(w, l, s);
    if (done(w, l) || again(w, l, s)) return anew(w, l, s);
    // The walk has not reached its end. So either the step has a wrong target, or the remaining
    // steps of the walk are missing.
    if (s.up == l.up && beyond(l, s.state)) {
      wrong_target(l, s, l.target);
      return forward(w, l, s);
    }
    if (s.up != l.up && !l.turned && within(l, s.state)) {
      wrong_target(l, s, back);
      return turn(w, l, s);
    }
    anew(w, l, s);
  }

  /// True when the control CPU begins a walk up from offline before the CPU's last walk has ended.
  bool again(const Walker& w, const Level& l, const Step& s) const {
    return is_control(w, l) && s.up && s.up == l.up && !l.turned && s.state < l.pos &&
           s.state == callbacks_.next(at_.offline, at_.online, true);
  }

  StateId turned_target(const Walker& w, const Level& l) const {
    const bool by_itself = judged_.async && w.bracket == StepKind::Callback;
    return by_itself && !is_control(w, l) && l.up ? at_.teardown : l.prev;
  }

  static bool within(const Level& l, StateId state) {
    return l.up ? state > l.prev && state <= l.bound : state <= l.prev && state > l.bound;
  }

  void wrong_target(const Level& l, const Step& s, StateId wanted) {
    find("target", kTarget, s,
         "has target " + std::to_string(s.target) + ", but the target of the walk is " +
             std::to_string(wanted));
    static_cast<void>(l);
  }

  /// Ends the walk, because `s` is the first step of the next one.
  void anew(Walker& w, Level& l, const Step& s) {
    const bool control = is_control(w, l);
    finish(w, l);
    if (control) {
      begin_control(w, s);
      return forward(w, l, s);
    }
    w.refused = false;
    // Within an enclosing step the thread walks once only.
    if (w.bracket != StepKind::Callback) {
      out_of_order(l, s);
      return;
    }
    if (begin_thread(w, s)) forward(w, l, s);
  }

  void forward(Walker& w, Level& l, const Step& s) {
    if (l.failed != kNoState && !l.turned) {
      if (!l.maybe || !(rules_.instance_error_lost || judged_.traced_only)) goes_on(l, s);
      l.failed = kNoState;
      l.maybe = false;
    }
    if (boot_goes_on(l) && s.state <= l.bound) l.bound = at_.offline;
    if (is_control(w, l) && l.on != kNoCpu && s.on != l.on)
      find("task", kTask, s,
           "runs on CPU " + std::to_string(s.on) +
               ", but the preceding step of the walk ended on CPU " + std::to_string(l.on));
    l.on = s.exit_on;
    if (s.state == l.pos && l.count > 0 && s.multi) {
      ++l.count;
    } else if (beyond(l, s.state)) {
      pass_to(w, l, s.state);
      l.count = 1;
      if (l.up ? s.state > l.bound : s.state <= l.bound)
        find("target", kTarget, s,
             "lies beyond the target of the walk, which is " + std::to_string(l.bound));
    } else {
      out_of_order(l, s);
    }
    w.state = after(l);
    if (s.ret != 0 && s.kind == StepKind::Callback) fail(w, l, s);
  }

  void out_of_order(const Level& l, const Step& s) {
    if (s.state == l.pos && l.count > 0)
      find("I8", kTwice, s, "runs twice in one walk " + std::string(l.up ? "up" : "down"));
    else
      find("I1", kOrder, s,
           "runs after step " + std::to_string(l.pos) + " in a walk " +
               std::string(l.up ? "up" : "down"));
  }

  void goes_on(const Level& l, const Step& s) {
    find(l.up ? "I11" : "I12", kRollback, s,
         "runs after step " + std::to_string(l.failed) +
             " has failed, where the walk must roll back");
  }

  void fail(Walker& w, Level& l, const Step& s) {
    if (l.turned || (judged_.async && s.role == Role::Worker)) {
      w.lost = judged_.async || !undo_goes_on(w, l);
      w.lost_on_the_way = w.lost && l.turned;
      return;
    }
    l.failed = l.from = s.state;
    l.error = s.ret;
    if (!s.multi || l.count < 2) return;
    if (!callbacks_.has(s.state, !l.up) && !(l.up && registered_teardown(s.state))) return;
    const auto before = static_cast<std::uint16_t>(l.count - 1);
    if (is_control(w, l) || !rules_.decrement_first) {
      l.inline_left = before;
      l.maybe = true;
    } else {
      l.undo = before;
    }
  }

  /// True when the multi-instance state was set up with a teardown, even if no instance was called.
  bool registered_teardown(StateId state) const {
    return std::any_of(stream_.events.begin(), stream_.events.end(), [&](const Event& e) {
      return e.kind == EventKind::Register && e.step == state && (e.value & kRegisterTeardown) != 0;
    });
  }

  /// Begins the way back, whose first step is `s`.
  void turn(Walker& w, Level& l, const Step& s) {
    leave(l);
    if (l.failed == kNoState) {
      const bool armed = armed_here(w, l, s);
      l.failed = l.from = armed ? w.armed : silent_fault(w, l, s);
      if (armed) callbacks_.skipped(pass(l, l.failed), false, is_atomic(w, l));
      if (w.armed != kNoState && w.armed != l.failed)
        find("I13", kFirstError, s,
             std::string("rolls back a walk ") + (l.up ? "up" : "down") +
                 ", although no step failed and no fault was armed there");
      if (w.armed != kNoState) w.armed = at_.offline;
    }
    const StateId failed = l.failed;
    const bool partly = l.undo > 0;
    l.target = turned_target(w, l);
    l.bound = l.target;
    l.up = !l.up;
    l.turned = true;
    l.maybe = false;
    l.pos = l.from;
    l.count = 0;
    if (partly) {
      l.cookie = failed;
      l.pos = static_cast<StateId>(l.up ? failed - 1 : failed + 1);
    } else if (s.state == failed && failed == l.from) {
      find("I10", kFailing, s, "failed, and the rollback runs it again");
      return;
    }
    l.failed = kNoState;
    forward(w, l, s);
  }

  /// True when the value of hotplug/fail explains a way back that begins with this step.
  bool armed_here(const Walker& w, const Level& l, const Step& s) const {
    if (w.armed == kNoState || w.armed == at_.offline || way_back(l, w.armed) != s.state)
      return false;
    return could_fail(w, l, w.armed) &&
           (l.up ? w.armed > l.pos && w.armed <= l.bound : w.armed < l.pos && w.armed > l.bound);
  }

  /// Returns the state at which a fault that no event shows hit the walk, when `s` is the first
  /// step of the way back. Of the possible states, picks the one for which the fewest steps are
  /// missing.
  StateId silent_fault(const Walker& w, const Level& l, const Step& s) const {
    const int end = next_or_last(w, l);
    StateId best = static_cast<StateId>(end);
    for (int k = end; l.up ? k > l.pos : k < l.pos; k += l.up ? -1 : 1) {
      const auto state = static_cast<StateId>(k);
      if (!could_fail(w, l, state) && k != end) continue;
      if (l.up ? state > s.state : state < s.state) best = state;
      if (way_back(l, state) == s.state) return state;
    }
    return best;
  }

  // ---------------------------------------------------------------------------- brackets

  void begin_bracket(Walker& w, const Step& s) {
    if (s.role != Role::CpuhpThread) head_ = false;
    w.outside = false;
    switch (s.kind) {
      case StepKind::Kick:
        return begin_kick(w, s);
      case StepKind::Bringup:
        return begin_bringup(w, s);
      case StepKind::Takedown:
        return begin_takedown(w, s);
      case StepKind::Callback:
        return;
    }
  }

  void end_bracket(Walker& w, const Step& s) {
    if (!s.entered() || w.bracket != s.kind) {
      finish_all(w);
      if (s.left()) w.state = s.after;
      return;
    }
    w.bracket = StepKind::Callback;
    switch (s.kind) {
      case StepKind::Kick:
        return end_kick(w, s);
      case StepKind::Bringup:
        return end_bringup(w, s);
      case StepKind::Takedown:
        return end_takedown(w, s);
      case StepKind::Callback:
        return;
    }
  }

  void begin_kick(Walker& w, const Step& s) {
    const bool refused = (w.refused || w.pending) && s.target > s.state && !w.thread.active;
    if (refused) w.refused = w.pending = false;
    finish_all(w);
    const bool elsewhere = w.state != kNoState && w.state != s.state;
    if (elsewhere && !refused && !silently(w.state, s.state))
      find("I29", kState, s, "begins, but the CPU is in state " + std::to_string(w.state));
    w.state = s.state;
    w.walked = true;
    w.bracket = StepKind::Kick;
    const bool up = s.target > s.state;
    start(w.thread, up, s.state, s.target, up ? s.target : std::max(s.target, at_.teardown));
    w.thread.turned = refused;
    if (!up) w.kicked_from = s.state;
  }

  void end_kick(Walker& w, const Step& s) {
    Level l = w.thread;
    const bool down = s.target < s.state;
    const bool rolled = l.turned && l.up == down;
    const bool failed = rolled || (l.failed != kNoState && !l.maybe);
    if (w.lost) return;
    if (!failed && s.ret != 0) silently_failed(w, w.thread, s);
    if (failed && s.left()) first_error(l, s);
    finish(w, w.thread, true);
    if (!failed && s.ret != 0) w.state = s.state;
    if (w.state == kNoState) w.state = failed || s.ret != 0 ? s.state : l.bound;
    check_after(w, s, rules_.decrement_first || !failed);
    w.pending = !failed && s.ret == 0 && down && w.state == at_.teardown;
  }

  /// Handles an enclosing step that returns an error although no inner step shows one. Either a
  /// fault hit where nothing had to be undone, or the rollback is missing.
  void silently_failed(Walker& w, Level& l, const Step& s) {
    if (w.armed != kNoState) w.armed = at_.offline;
    if (s.ret != -EAGAIN && !l.maybe)
      find("I13", kFirstError, s,
           "returns " + std::to_string(s.ret) + ", but none of its steps failed");
    const StateId next = next_step(w, l);
    const StateId from = next == kNoState ? l.pos : next;
    if (!silent_end(w, l) && way_back(l, from) != kNoState && judged_.traced_only)
      no_rollback(l, from);
    leave(l);
    l = Level{};
  }

  void first_error(const Level& l, const Step& s) {
    const std::int32_t wanted = l.error == 0 ? -EAGAIN : l.error;
    if (s.ret == wanted || (s.ret == 0 && l.maybe)) return;
    find("I13", kFirstError, s,
         "returns " + std::to_string(s.ret) + ", but the first error of its walk is " +
             std::to_string(wanted));
  }

  /// Checks that the enclosing step leaves the CPU in the state in which its walk ended.
  void check_after(Walker& w, const Step& s, bool known) {
    if (!s.left()) return;
    if (!known) {
      w.state = s.after;
      return;
    }
    if (s.after != w.state)
      find("I29", kState, s,
           "exits with state " + std::to_string(s.after) + ", but its walk ends in state " +
               std::to_string(w.state));
  }

  void begin_bringup(Walker& w, const Step& s) {
    settle_thread(w);
    if (!w.control.active) begin_control(w, s);
    drive(w, w.control, s);
    w.bracket = StepKind::Bringup;
    w.state = at_.bringup;
    if (!judged_.traced_only) start_atomic(w, true, w.control.target);
  }

  void end_bringup(Walker& w, const Step& s) {
    Level& c = w.control;
    Level& t = w.thread;
    if (s.ret != 0 && s.after == at_.bringup)
      w.atomic = Level{};  // the AP never came up
    else
      finish_atomic(w);
    const bool failed = t.active && (t.turned || (t.failed != kNoState && !t.maybe));
    if (w.lost || !c.active) {
      finish(w, t);
      if (s.left()) w.state = s.after;
      return;
    }
    if (failed && s.left()) first_error(t, s);
    const bool up = s.ret == 0 && !failed;
    if (up && !t.active && c.target > at_.ap_online_idle)
      start(t, true, at_.ap_online_idle, c.target, c.target);
    if (!up && !failed && t.active) silently_failed(w, t, s);
    finish(w, t, true);
    if (up) {
      w.state = std::max(c.target, at_.ap_online_idle);
    } else if (s.after == at_.bringup && !failed) {
      w.state = at_.bringup;
    } else {
      w.state = at_.ap_online_idle;
    }
    check_after(w, s, true);
    if (s.ret == 0) return;
    c.failed = at_.bringup;
    c.from = w.state;
    c.error = s.ret;
  }

  void begin_takedown(Walker& w, const Step& s) {
    Level& c = w.control;
    const bool by_itself = judged_.async && s.role == Role::CpuhpThread;
    const bool came_down = std::exchange(w.pending, false);
    if (by_itself && !w.thread.active) w.kicked_from = w.state;
    settle_thread(w);
    const bool rolls_back = c.active && !by_itself && !came_down && !done(w, c);
    if (!rolls_back) {
      finish(w, c);
      if (!came_down && !by_itself && w.state != kNoState && w.state != at_.teardown)
        find("I29", kState, s, "begins, but the CPU is in state " + std::to_string(w.state));
      const StateId target = s.target == kNoState ? at_.offline : s.target;
      start(c, false, at_.teardown, target, target);
    }
    drive(w, c, s);
    w.bracket = StepKind::Takedown;
    if (!judged_.traced_only) start_atomic(w, false, c.target);
  }

  void end_takedown(Walker& w, const Step& s) {
    Level& c = w.control;
    if (s.ret != 0) {
      w.atomic = Level{};
      return take_down_failed(w, s);
    }
    finish_atomic(w);
    const bool by_itself = judged_.async && s.role == Role::CpuhpThread;
    w.state = by_itself ? std::max(c.target, at_.ap_offline) : at_.idle_dead;
    check_after(w, s, true);
    c.pos = at_.teardown;
    if (judged_.async) c.on = kNoCpu;  // A worker continues on any CPU.
  }

  /// The CPU refused to die, so its thread must run the startups of the states that it has torn
  /// down.
  void take_down_failed(Walker& w, const Step& s) {
    // A CPU that takes itself down changes its state before the callback, in every kernel.
    const bool late = rules_.control_is_late() && !judged_.async;
    w.state = static_cast<StateId>(at_.teardown - (late ? 0 : 1));
    check_after(w, s, true);
    w.state = at_.teardown;
    const bool rolled_back = w.control.turned;
    w.control = Level{};
    if (rolled_back) {
      w.lost = true;
      return;
    }
    w.refused = w.kicked_from != kNoState && w.kicked_from > at_.teardown;
  }

  const EventStream& stream_;
  const Judged& judged_;
  const Rules& rules_;
  const Anchors& at_;
  const Walks& walks_;
  Callbacks& callbacks_;
  std::vector<Walker> cpus_;
  std::vector<CpuId> noted_;
  std::vector<CpuId> active_;
  std::vector<Finding> findings_;
  /// CPU of the token (a thing that happened, see walks.hpp) that is handled now
  CpuId cpu_ = kNoCpu;
  std::uint32_t event_ = 0;
  bool to_teardown_ = false;    ///< an operation under way has cpu:teardown as its target
  StateId refused_ = kNoState;  ///< state of the last registration that failed
  /// State in the Rest token that is handled now; kNoState: another kind of token.
  StateId told_ = kNoState;
  bool head_ = false;  ///< a walk may have begun before the trace
};

}  // namespace

std::vector<Finding> check_order(const EventStream& stream, const Judged& judged,
                                 const Walks& walks, Callbacks& callbacks) {
  return OrderCheck(stream, judged, walks, callbacks).run();
}

}  // namespace cpuhp
