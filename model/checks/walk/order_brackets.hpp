// Compares brackets (steps that enclose other steps) with a CPU's walks: each begins where the last
// walk has ended, and ends with the state and the error of the walks within it.
//
// Internal to model/checks/.
#pragma once

#include <algorithm>
#include <cerrno>
#include <utility>

#include "model/checks/walk/order_steps.hpp"

namespace cpuhp {

class OrderBrackets {
 public:
  OrderBrackets(Ground& ground, OrderSteps& steps) : g_(ground), steps_(steps) {}

  void begin(CpuWalks& cpu, const Step& s) {
    if (s.role != Role::CpuhpThread) g_.head = false;
    cpu.outside = false;
    if (s.kind == StepKind::Kick)
      begin_kick(cpu, s);
    else if (s.kind == StepKind::Bringup)
      begin_bringup(cpu, s);
    else
      begin_takedown(cpu, s);
  }

  void end(CpuWalks& cpu, const Step& s) {
    if (!s.entered() || cpu.bracket != s.kind) {
      cpu.finish_all(g_);
      if (s.left()) cpu.state = s.after;
      return;
    }
    cpu.bracket = StepKind::Callback;
    if (s.kind == StepKind::Kick)
      end_kick(cpu, s);
    else if (s.kind == StepKind::Bringup)
      end_bringup(cpu, s);
    else
      end_takedown(cpu, s);
  }

 private:
  /// True for a step of a CPU that walks by itself, which only the asynchronous design has.
  bool is_by_itself(const Step& s) const { return g_.judged.async && s.role == Role::CpuhpThread; }

  // ---------------------------------------------------------------------------- cpuhp_kick_ap_work

  void begin_kick(CpuWalks& cpu, const Step& s) {
    const bool up = s.target > s.state;
    const bool goes_back = cpu.due != Due::Nothing && up && !cpu.thread.is_active();
    if (goes_back) cpu.due = Due::Nothing;
    cpu.finish_all(g_);
    const bool elsewhere = cpu.state != kNoState && cpu.state != s.state;
    if (elsewhere && !goes_back && !steps_.may_go_silently(cpu.state, s.state))
      g_.findings.add(words::kBegins, s, cpu.state);
    cpu.state = s.state;
    cpu.walked = true;
    cpu.bracket = StepKind::Kick;
    cpu.thread.begin(up, s.state, s.target, up ? s.target : std::max(s.target, g_.at.teardown),
                     goes_back ? Way::Back : Way::Forth);
    if (!up) cpu.kicked_from = s.state;
  }

  void end_kick(CpuWalks& cpu, const Step& s) {
    Walk& walk = cpu.thread;
    const bool down = s.target < s.state;
    const bool failed = walk.way() == Way::Failed ||
                        (walk.is_back() && (walk.up() == down || walk.failed() != kNoState));
    const StateId bound = walk.bound();
    if (!failed && s.ret != 0) fail_silently(cpu, walk, s);
    if (failed) tell_other_error(walk, s);
    cpu.finish(g_, walk, true);
    if (!failed && s.ret != 0) cpu.state = s.state;
    if (cpu.state == kNoState) cpu.state = failed || s.ret != 0 ? s.state : bound;
    if (g_.rules.decrement_first || !failed)
      compare_state(cpu, s);
    else if (s.left())
      cpu.state = s.after;
    if (!failed && s.ret == 0 && down && cpu.state == g_.at.teardown) cpu.due = Due::Takedown;
  }

  /// Handles an enclosing step that returns an error although no inner step shows one. Either a
  /// fault hit where nothing had to be undone, or the rollback is missing.
  void fail_silently(CpuWalks& cpu, Walk& walk, const Step& s) {
    cpu.disarm(g_);
    if (s.ret != -EAGAIN && walk.way() != Way::FailedPerhaps)
      g_.findings.add(words::kNoneFailed, s, s.ret);
    const StateId next = walk.next(g_.callbacks);
    if (g_.judged.traced_only && !walk.may_end_here(g_, cpu.armed))
      walk.expect_nothing_to_undo(g_, next == kNoState ? walk.pos() : next);
    walk.leave(g_);
    walk.end();
  }

  /// The enclosing step has to return the first error of its walk.
  void tell_other_error(const Walk& walk, const Step& s) {
    const std::int32_t wanted = walk.error() == 0 ? -EAGAIN : walk.error();
    if (s.left() && s.ret != wanted && !(s.ret == 0 && walk.way() == Way::FailedPerhaps))
      g_.findings.add(words::kOtherError, s, s.ret, wanted);
  }

  /// The enclosing step has to leave the CPU in the state in which its walk ended.
  void compare_state(const CpuWalks& cpu, const Step& s) {
    if (s.left() && s.after != cpu.state)
      g_.findings.add(words::kEndsElsewhere, s, s.after, cpu.state);
  }

  // ---------------------------------------------------------------------------- cpu:bringup

  void begin_bringup(CpuWalks& cpu, const Step& s) {
    cpu.settle_thread(g_);
    if (!cpu.control.is_active()) steps_.begin_control(cpu, s);
    steps_.drive(cpu, cpu.control, s);
    cpu.bracket = StepKind::Bringup;
    cpu.state = g_.at.bringup;
    if (!g_.judged.traced_only) cpu.begin_atomic(g_, true, cpu.control.target());
  }

  void end_bringup(CpuWalks& cpu, const Step& s) {
    Walk& control = cpu.control;
    Walk& thread = cpu.thread;
    if (s.ret != 0 && s.after == g_.at.bringup)
      cpu.atomic.end();  // the AP never came up
    else
      cpu.finish_atomic(g_);
    const bool failed = thread.way() == Way::Failed || thread.is_back();
    if (!control.is_active()) {
      cpu.finish(g_, thread);
      if (s.left()) cpu.state = s.after;
      return;
    }
    if (failed) tell_other_error(thread, s);
    const bool up = s.ret == 0 && !failed;
    if (up && !thread.is_active() && control.target() > g_.at.ap_online_idle)
      thread.begin(true, g_.at.ap_online_idle, control.target(), control.target());
    if (!up && !failed && thread.is_active()) fail_silently(cpu, thread, s);
    cpu.finish(g_, thread, true);
    if (up)
      cpu.state = std::max(control.target(), g_.at.ap_online_idle);
    else
      cpu.state = s.after == g_.at.bringup && !failed ? g_.at.bringup : g_.at.ap_online_idle;
    compare_state(cpu, s);
    if (s.ret != 0) control.fail(g_.at.bringup, cpu.state, s.ret);
  }

  // ---------------------------------------------------------------------------- cpu:teardown

  void begin_takedown(CpuWalks& cpu, const Step& s) {
    Walk& control = cpu.control;
    const bool by_itself = is_by_itself(s), came_down = cpu.due == Due::Takedown;
    if (came_down) cpu.due = Due::Nothing;
    if (by_itself && !cpu.thread.is_active()) cpu.kicked_from = cpu.state;
    cpu.settle_thread(g_);
    const bool rolls_back =
        control.is_active() && !by_itself && !came_down && !control.is_done(g_.callbacks);
    if (!rolls_back) {
      cpu.finish(g_, control);
      if (!came_down && !by_itself && cpu.state != kNoState && cpu.state != g_.at.teardown)
        g_.findings.add(words::kBegins, s, cpu.state);
      const StateId target = s.target == kNoState ? g_.at.offline : s.target;
      control.begin(false, g_.at.teardown, target, target);
    }
    steps_.drive(cpu, control, s);
    cpu.bracket = StepKind::Takedown;
    if (!g_.judged.traced_only) cpu.begin_atomic(g_, false, control.target());
  }

  void end_takedown(CpuWalks& cpu, const Step& s) {
    Walk& control = cpu.control;
    if (s.ret != 0) {
      cpu.atomic.end();
      return refuse_takedown(cpu, s);
    }
    cpu.finish_atomic(g_);
    cpu.state = is_by_itself(s) ? std::max(control.target(), g_.at.ap_offline) : g_.at.idle_dead;
    compare_state(cpu, s);
    control.leave_bracket(g_.at.teardown);
    if (g_.judged.async) control.set_on(kNoCpu);  // A worker continues on any CPU.
  }

  /// The CPU refused to die, so its thread must run the startups of the states that it has torn
  /// down.
  void refuse_takedown(CpuWalks& cpu, const Step& s) {
    // A CPU that takes itself down changes its state before the callback, in every kernel.
    const bool late = g_.rules.control_is_late() && !g_.judged.async;
    cpu.state = static_cast<StateId>(g_.at.teardown - (late ? 0 : 1));
    compare_state(cpu, s);
    cpu.state = g_.at.teardown;
    const bool rolled_back = cpu.control.is_back();
    cpu.control.end();
    if (rolled_back)
      cpu.lost = Lost::Yes;
    else
      cpu.due = cpu.kicked_from > g_.at.teardown ? Due::WayUp : Due::Nothing;
  }

  Ground& g_;
  OrderSteps& steps_;
};

}  // namespace cpuhp
