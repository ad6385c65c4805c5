// What kind of step an event enters, and which way a step went: up or down, by a walk or by a
// registration. A kernel's trace shows a direction in three places: in the target, in the symbol and
// in the state of the exit.
//
// Internal to model/checks/.
#pragma once

#include "model/checks/walks.hpp"

namespace cpuhp {

class Directions {
 public:
  Directions(const Judged& judged, const StepNames& names)
      : judged_(judged), at_(judged.table.anchors()), names_(names) {}

  StepKind kind_of(const Event& enter) const;

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
  /// True when an exit shows that a registration called the step: the CPU has passed the state, and
  /// no operation moves it. Only a kernel's trace has to be asked.
  bool outside_of_walks(const Step& step) const;
  /// Marks a step that undoes one instance. When an instance fails, the control CPU undoes the
  /// earlier ones before it leaves the state. So their steps have the target and state of the
  /// failed call. `before`: the CPU's last callback.
  static void mark_undo(Step& step, const Step& before);

 private:
  static bool of_chain_up(const Step& step, const StepNames::Pair& names);
  bool goes_up_mostly(const Step& step, bool named) const;

  const Judged& judged_;
  const Anchors& at_;
  const StepNames& names_;
};

}  // namespace cpuhp
