// The kind of step that an event enters, and the way of a step: up or down, by a walk or by a
// registration. A stream shows the direction in three places: in the target, in the symbol and in
// the state of the exit.
//
// Internal to model/checks/.
#pragma once

#include "model/checks/walk/walks.hpp"

namespace cpuhp {

class Directions {
 public:
  Directions(const Judged& judged, const StepNames& names)
      : judged_(judged), at_(judged.table.anchors()), names_(names) {}

  StepKind kind_of(const Event& enter) const {
    if (enter.name == names_.kick_work && enter.name != 0) return StepKind::Kick;
    if (enter.step >= at_.online || enter.step < 0) return StepKind::Kick;
    if (enter.step == at_.teardown) return StepKind::Takedown;
    if (enter.step != at_.bringup || judged_.notifier) return StepKind::Callback;
    const StepNames::Pair& bringup = names_.at(enter.step);
    if (enter.name != 0 && enter.name == bringup.startup) return StepKind::Bringup;
    if (enter.name != 0 && enter.name == bringup.teardown) return StepKind::Callback;
    return enter.value >= enter.step ? StepKind::Bringup : StepKind::Callback;
  }

  /// True when the step went up. Target, state and symbol each show the direction, and at most one
  /// of them should be wrong.
  bool goes_up(const Step& step) const {
    const StepNames::Pair& names = names_.at(step.state);
    if (judged_.notifier && step.name != 0) return of_chain_up(step, names);
    const bool named = step.name != 0 && names.startup != names.teardown;
    const bool targets_up = step.target >= step.state;
    // Target and symbol agree, so the state does not matter.
    if (named && step.target != kNoState && step.name == names.of(targets_up)) return targets_up;
    return goes_up_mostly(step, named);
  }
  /// The same for a step that a registration called.
  bool sets_up(const Step& step) const {
    const StepNames::Pair& names = names_.at(step.state);
    return step.name == 0 || step.name == names.startup || step.name != names.teardown;
  }

  /// True when a step of a kernel's trace was called by a registration. The exit then shows a CPU
  /// that has passed the state and that no operation moves.
  bool is_outside_of_walks(const Step& step) const {
    // (Before its first walk, a boot CPU may have target 0, like a CPU on its way down to offline.
    // Then only the state tells the two apart.)
    if (step.left())
      return step.after > step.state && (step.target >= step.state || step.after >= at_.online);
    return step.role == Role::CpuhpThread && !judged_.async;
  }

  /// Marks a step that undoes one instance. When an instance fails, the control CPU undoes the
  /// earlier ones before it leaves the state. So their steps have the target and state of the
  /// failed call. `before`: the CPU's last callback.
  static void mark_undo(Step& step, const Step& before) {
    if (!before.multi || step.state != before.state || step.target != before.target ||
        step.after != before.after)
      return;
    if (before.undo ? step.name != before.name : before.ret == 0 || step.name == before.name)
      return;
    step.undo = true;
    step.up = before.up;
  }

 private:
  /// True when a notifier was called on the way up. If startup and teardown are the same function,
  /// its symbol does not tell the direction. Nor does the target, as an undo has the target of the
  /// failed action. So the state in the exit decides.
  static bool of_chain_up(const Step& step, const StepNames::Pair& names) {
    if (names.startup != names.teardown) return step.name != names.teardown;
    return step.left() ? step.after >= step.state : step.target >= step.state;
  }

  [[gnu::noinline]] bool goes_up_mostly(const Step& step, bool named) const {
    const StepNames::Pair& names = names_.at(step.state);
    const int symbol = !named                        ? 0
                       : step.name == names.startup  ? 1
                       : step.name == names.teardown ? -1
                                                     : 0;
    const int target = step.target == kNoState ? 0 : step.target >= step.state ? 1 : -1;
    // The target may mislead: when a boot undoes a bring-up, the target is still that of the way
    // up.
    if (!step.left()) return target + 2 * symbol >= 0;
    const bool late = step.role == Role::CpuhpThread ? !judged_.rules.decrement_first
                                                     : judged_.rules.control_is_late();
    const int state = step.after == step.state - 1 ? -1 : step.after == step.state && !late ? 1 : 0;
    // A state that the table does not know has no symbol, and an undo leaves the target as it was. No way
    // up ends below its step.
    if (symbol == 0 && state < 0) return false;
    return target + symbol + state >= 0;
  }

  const Judged& judged_;
  const Anchors& at_;
  const StepNames& names_;
};

}  // namespace cpuhp
