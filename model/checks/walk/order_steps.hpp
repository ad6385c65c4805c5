// Compares each callback of a CPU with the CPU's walks: it has to be the next one of its walk, the
// first of the way back, or the first of another walk.
//
// Internal to model/checks/.
#pragma once

#include <algorithm>
#include <cerrno>
#include <string>

#include "model/checks/walk/cpu_walks.hpp"
#include "model/checks/walk/order_words.hpp"

namespace cpuhp {

class OrderSteps {
 public:
  explicit OrderSteps(Ground& ground) : g_(ground) {}

  void call(CpuWalks& cpu, const Step& s) {
    if (!s.entered() && g_.head) {
      cpu.state = s.after;
      return;
    }
    if (s.role != Role::CpuhpThread) g_.head = false;
    switch (g_.judged.table.section(s.state)) {
      case Section::Starting:
        return call_atomic(cpu, s);
      case Section::Online:
        return call_thread(cpu, s);
      default:
        return call_control(cpu, s);
    }
  }

  /// Takes a stretch (a sequence of plain callbacks, see outline.hpp) as one step. Returns false
  /// when it does not fit the CPU's walks.
  bool call(CpuWalks& cpu, const Stretch& s) {
    if (s.section == Section::Starting) return cpu.atomic.call(g_, s);
    if (cpu.atomic.is_active()) return false;
    if (s.section == Section::Online) {
      if (!cpu.thread.call(g_, s)) return false;
      cpu.state = cpu.thread.after();
      return true;
    }
    const bool settled = !cpu.thread.is_active() && cpu.due == Due::Nothing;
    if (!settled || s.on != cpu.control.on() || !cpu.control.call(g_, s)) return false;
    cpu.outside = false;
    cpu.state = cpu.control.after();
    return true;
  }

  /// A fault by hotplug/fail hit the CPU at `state`, and so no callback ran.
  void inject(CpuWalks& cpu, StateId state) {
    if (cpu.is_lost()) return;
    if (cpu.due == Due::Takedown && state == g_.at.teardown) {
      cpu.due = Due::WayUp;
      cpu.state = g_.at.teardown;
      return;
    }
    const Section section = g_.judged.table.section(state);
    if (section == Section::Starting) {
      if (cpu.atomic.is_active()) cpu.atomic.pass_to(g_, state);
      return fail_atomic(cpu, state);
    }
    Walk& walk = section == Section::Online ? cpu.thread : cpu.control;
    if (section == Section::Online && !walk.is_active() && cpu.bracket == StepKind::Bringup)
      walk.begin(true, g_.at.ap_online_idle, cpu.control.target(), cpu.control.target());
    if (!walk.is_active()) return;
    walk.pass_to(g_, state);
    if (!walk.is_back())
      walk.fail(state, state, -EAGAIN);
    else if (!undo_goes_on(walk))
      cpu.lost = Lost::Yes;
  }

  /// True when a simulated CPU can get from one state to the other without an event. A walk of the
  /// control CPU that calls nothing has no event. In the asynchronous design, the same is true of a
  /// walk by the CPU itself above cpu:teardown.
  bool may_go_silently(StateId from, StateId to) const {
    if (g_.judged.traced_only) return false;
    const bool up = to > from, async = g_.judged.async;
    const StateId begin =
        up && async && from >= g_.at.kick_ap ? std::max(from, g_.at.ap_online_idle) : from;
    const auto [low, high] = std::minmax(begin, to);
    if (high >= g_.at.bringup && !(async && low >= g_.at.teardown)) return false;
    if (g_.walks.registers) return true;
    const StateId after = up ? 0 : 1;
    return g_.callbacks.next(static_cast<StateId>(begin + after), static_cast<StateId>(to + after),
                             up) == kNoState;
  }

  void begin_control(CpuWalks& cpu, const Step& s) {
    cpu.walked = true;
    const bool fits =
        s.up ? cpu.state < s.state : cpu.state >= s.state && cpu.state <= g_.at.teardown;
    if (cpu.state != kNoState && !fits) {
      g_.findings.add(words::kBeginsWalk, s, s.up, cpu.state);
      cpu.state = kNoState;
    }
    if (cpu.state == kNoState) cpu.state = s.up ? resting_below(s.state) : s.state;
    const StateId target = target_of(s);
    StateId bound = target;
    if (s.up)
      bound = std::min(target, g_.judged.async ? g_.at.kick_ap : g_.at.bringup);
    else if (!g_.judged.traced_only && g_.rules.split_startup && target >= s.state)
      // A boot that gives up a kicked CPU keeps the target of the way up, but walks down to
      // offline.
      bound = g_.at.offline;
    cpu.control.begin(s.up, cpu.state, target, bound);
  }

  /// Finds the step's place in a walk that is under way.
  void drive(CpuWalks& cpu, Walk& walk, const Step& s) {
    if (walk.undoes_instance(s)) return;
    walk.expect_instances_undone(g_);
    const bool target_fits = s.target == kNoState || s.target == walk.target();
    const bool along = s.up == walk.up();
    if (along && target_fits && !begins_again(walk, s)) return forward(cpu, walk, s);
    const StateId back = target_of_way_back(cpu, walk, s);
    const bool back_fits = s.target == kNoState || s.target == back;
    const bool turns = !along && !walk.is_back(), done = walk.is_done(g_.callbacks);
    if (turns && back_fits && !done) return turn(cpu, walk, s);
    if (done || begins_again(walk, s)) return anew(cpu, walk, s);
    // The walk has not reached its end. So either the step has a wrong target, or the remaining
    // steps of the walk are missing.
    if (along && walk.is_ahead(s.state)) {
      g_.findings.add(words::kWrongTarget, s, s.target, walk.target());
      return forward(cpu, walk, s);
    }
    if (turns && walk.is_within(s.state)) {
      g_.findings.add(words::kWrongTarget, s, s.target, back);
      return turn(cpu, walk, s);
    }
    anew(cpu, walk, s);
  }

 private:
  // ---------------------------------------------------------------------------- whose walk it is

  void call_atomic(CpuWalks& cpu, const Step& s) {
    if (!cpu.atomic.is_active()) cpu.begin_atomic(g_, s.role != Role::Stopper, s.target);
    if (!cpu.atomic.call(g_, s.state, s.multi)) tell_out_of_order(cpu.atomic, s);
    if (s.ret != 0) fail_atomic(cpu, s.state);
  }

  void fail_atomic(CpuWalks& cpu, StateId state) {
    const bool ends = !g_.rules.atomic_errors_ignored && g_.rules.decrement_first;
    if (ends && cpu.atomic.is_active()) cpu.atomic.fail(state, state, 0);
  }

  void call_control(CpuWalks& cpu, const Step& s) {
    cpu.settle_thread(g_);
    if (!cpu.control.is_active()) begin_control(cpu, s);
    drive(cpu, cpu.control, s);
  }

  void call_thread(CpuWalks& cpu, const Step& s) {
    cpu.finish_atomic(g_);
    if (cpu.thread.is_active() || begin_thread(cpu, s)) drive(cpu, cpu.thread, s);
  }

  /// Returns the state in which a walk up can have begun if its first step is `state`. This is the
  /// next lower state that may be a target, because a CPU stays only in such states between walks.
  StateId resting_below(StateId state) const {
    for (int s = state - 1; s > g_.at.offline; --s) {
      const State& each = g_.judged.table.at(static_cast<StateId>(s));
      const bool core = s == g_.at.threads_prepare || s == g_.at.bringup;
      if (!each.name.empty() && !each.cant_stop && !core) return each.id;
    }
    return g_.at.offline;
  }

  StateId target_of(const Step& s) const {
    return s.target != kNoState ? s.target : s.up ? g_.at.online : g_.at.offline;
  }

  bool begin_thread(CpuWalks& cpu, const Step& s) {
    if (cpu.bracket == StepKind::Bringup) {
      const StateId target = cpu.control.is_active() ? cpu.control.target() : s.target;
      cpu.thread.begin(true, g_.at.ap_online_idle, target, target);
      return true;
    }
    if (cpu.due != Due::Nothing) {
      cpu.due = Due::WayUp;
      const StateId back =
          cpu.kicked_from == kNoState ? s.target : begin_of(cpu, cpu.kicked_from, s);
      cpu.thread.begin(true, g_.at.teardown, back, back, Way::Back);
      return true;
    }
    if (g_.judged.async) {
      begin_by_itself(cpu, s);
      return true;
    }
    if (!g_.head && !cpu.outside) g_.findings.add(words::kOutside, s);
    cpu.outside = !g_.head;
    cpu.state = s.after;
    return false;
  }

  /// In the asynchronous design: begins the walk of a CPU that wakes its own thread.
  void begin_by_itself(CpuWalks& cpu, const Step& s) {
    cpu.finish(g_, cpu.control);
    const StateId target = target_of(s);
    if (s.up) {
      cpu.kicked_from = g_.at.online;
      cpu.thread.begin(true, std::max(cpu.state, g_.at.ap_online_idle), target, target);
    } else {
      cpu.kicked_from = std::max(cpu.state, s.state);
      cpu.thread.begin(false, cpu.kicked_from, target, std::max(target, g_.at.teardown));
    }
  }

  // ---------------------------------------------------------------------------- one step

  /// True when the control CPU begins a walk up from offline before the CPU's last walk has ended.
  bool begins_again(const Walk& walk, const Step& s) const {
    return walk.is_of(Walker::Control) && s.up && walk.up() && !walk.is_back() &&
           s.state < walk.pos() && s.state == g_.callbacks.next(g_.at.offline, g_.at.online, true);
  }

  StateId target_of_way_back(const CpuWalks& cpu, const Walk& walk, const Step& first) const {
    const bool by_itself = g_.judged.async && cpu.bracket == StepKind::Callback;
    return by_itself && !walk.is_of(Walker::Control) && walk.up()
               ? g_.at.teardown
               : begin_of(cpu, walk.prev(), first);
  }

  /// Returns the state in which a walk began, which is `known` unless a walk before it called
  /// nothing and moved the CPU on. Then `back`, the first step of the way back, tells it.
  StateId begin_of(const CpuWalks& cpu, StateId known, const Step& back) const {
    const bool moved =
        cpu.unseen_walk && back.target != kNoState && may_go_silently(known, back.target);
    return moved ? back.target : known;
  }

  /// Ends the walk, because `s` is the first step of the next one.
  void anew(CpuWalks& cpu, Walk& walk, const Step& s) {
    cpu.finish(g_, walk);
    if (walk.is_of(Walker::Control)) {
      begin_control(cpu, s);
      return forward(cpu, walk, s);
    }
    if (cpu.due == Due::WayUp) cpu.due = Due::Nothing;
    // Within an enclosing step the thread walks once only.
    if (cpu.bracket != StepKind::Callback) return tell_out_of_order(walk, s);
    if (begin_thread(cpu, s)) forward(cpu, walk, s);
  }

  void forward(CpuWalks& cpu, Walk& walk, const Step& s) {
    if (walk.way() == Way::Failed || walk.way() == Way::FailedPerhaps) {
      if (walk.way() == Way::Failed || !(g_.rules.instance_error_lost || g_.judged.traced_only))
        g_.findings.add(words::of_rollback(walk.up(), words::kGoesOn), s, walk.failed());
      walk.go_on();
    }
    if (walk.may_go_on_to_offline(g_) && s.state <= walk.bound()) walk.go_on_to(g_.at.offline);
    if (walk.is_of(Walker::Control) && walk.on() != kNoCpu && s.on != walk.on())
      g_.findings.add(words::kOtherCpu, s, s.on, walk.on());
    walk.set_on(s.exit_on);
    if (!walk.call(g_, s.state, s.multi))
      tell_out_of_order(walk, s);
    else if (walk.count() == 1 && walk.is_beyond_bound(s.state))
      g_.findings.add(words::kBeyondTarget, s, walk.bound());
    cpu.state = walk.after();
    if (s.ret != 0 && s.kind == StepKind::Callback) fail(cpu, walk, s);
  }

  void tell_out_of_order(const Walk& walk, const Step& s) {
    if (s.state == walk.pos() && walk.count() > 0)
      g_.findings.add(words::kTwice, s, walk.up());
    else
      g_.findings.add(words::kOutOfOrder, s, walk.pos(), walk.up());
  }

  /// True when the way back continues after one of its own steps failed. Up to 5.12 the control CPU
  /// ignores errors on the way back, and in v4.6 every task does.
  bool undo_goes_on(const Walk& walk) const {
    return walk.is_of(Walker::Control) ? g_.rules.control_is_late() : !g_.rules.decrement_first;
  }

  void fail(CpuWalks& cpu, Walk& walk, const Step& s) {
    if (walk.is_back() || (g_.judged.async && s.role == Role::Worker)) {
      if (g_.judged.async || !undo_goes_on(walk))
        cpu.lost = walk.is_back() ? Lost::OnTheWay : Lost::Yes;
      return;
    }
    walk.fail(s.state, s.state, s.ret);
    if (!s.multi || walk.count() < 2) return;
    if (!g_.callbacks.has(s.state, !walk.up()) &&
        !(walk.up() && g_.callbacks.set_up_with_teardown(s.state)))
      return;
    walk.fail_partly(walk.is_of(Walker::Control) || !g_.rules.decrement_first);
  }

  /// Begins the way back, whose first step is `s`.
  void turn(CpuWalks& cpu, Walk& walk, const Step& s) {
    walk.leave(g_);
    if (walk.way() == Way::Forth) {
      walk.fail_silently(g_, cpu.armed, s.state);
      if (cpu.armed != kNoState && cpu.armed != walk.failed())
        g_.findings.add(words::kNothingFailed, s, walk.up());
      cpu.disarm(g_);
    }
    if (walk.turn(target_of_way_back(cpu, walk, s), s.state))
      forward(cpu, walk, s);
    else
      g_.findings.add(words::kFailedAgain, s);
  }

  Ground& g_;
};

}  // namespace cpuhp
