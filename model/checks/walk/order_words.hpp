// The sentences of the findings of the check of the order of walks.
//
// Internal to model/checks/.
#pragma once

#include "model/checks/walk/walk_findings.hpp"

namespace cpuhp::words {

inline constexpr const char* kComplete = "docs/kernel.md 4.4";
inline constexpr const char* kTarget = "docs/kernel.md 6.4";

/// A sentence about the rollback of a walk up (I11) or down (I12).
constexpr Sentence of_rollback(bool up, const char* text) {
  return {up ? "I11" : "I12", text, "docs/kernel.md 7, I11 and I12"};
}

// ------------------------------------------------------------------------------ the order of steps

inline constexpr Sentence kOutOfOrder{"I1", "{} runs after step {} in a walk {}"};
inline constexpr Sentence kTwice{"I8", "{} runs twice in one walk {}"};
inline constexpr Sentence kOutside{
    "I4",
    "{} runs in the hotplug thread, but not within cpuhp_kick_ap_work, cpu:bringup or "
    "cpu:teardown"};
inline constexpr Sentence kOtherCpu{
    "task", "{} runs on CPU {}, but the preceding step of the walk ended on CPU {}",
    "docs/kernel.md 4.4"};

// ------------------------------------------------------------------------------ targets

inline constexpr Sentence kWrongTarget{
    "target", "{} has target {}, but the target of the walk is {}", kTarget};
inline constexpr Sentence kBeyondTarget{
    "target", "{} lies beyond the target of the walk, which is {}", kTarget};
inline constexpr Sentence kTargetAtRest{"target", "{} has target {}, but the CPU rests in state {}",
                                        kTarget};

// ------------------------------------------------------------------------------ rollbacks

/// Texts for of_rollback(): the walk's direction decides which invariant is broken.
inline constexpr const char* kGoesOn =
    "{} runs after step {} has failed, where the walk must roll back";
inline constexpr const char* kGoesOnBack = "{} runs after step {} has failed in the same rollback";
inline constexpr const char* kNoRollback = "CPU {} failed on its way {} at {}, but {} is not {}";

inline constexpr Sentence kFailedAgain{"I10", "{} failed, and the rollback runs it again"};
inline constexpr Sentence kNothingFailed{
    "I13", "{} rolls back a walk {}, although no step failed and no fault was armed there"};
inline constexpr Sentence kNoneFailed{"I13", "{} returns {}, but none of its steps failed"};
inline constexpr Sentence kOtherError{"I13",
                                      "{} returns {}, but the first error of its walk is {}"};
inline constexpr Sentence kUndone{
    "I31", "{} of CPU {} had run for {} instances when it failed, but the rollback undoes {}"};
inline constexpr Sentence kInstancesLeft{
    "I31", "{} of CPU {} failed for one instance, but {} of the other instances are not undone"};

// ------------------------------------------------------------------------------ the takedown

inline constexpr Sentence kNotStartedAgain =
    of_rollback(false, "CPU {} could not be taken down, but {} is not started again");
inline constexpr Sentence kNoTakedown{
    "complete",
    "{} of CPU {} is missing: the CPU's hotplug thread came down to this state, but the control "
    "CPU did not take the CPU down",
    kComplete};
inline constexpr Sentence kStoppedTooEarly{
    "complete",
    "CPU {} was stopped at step {}, but {}, which the walk must run before that step, is missing",
    kComplete};

// ------------------------------------------------------------------------------ the CPU's state

inline constexpr Sentence kBegins{"I29", "{} begins, but the CPU is in state {}"};
inline constexpr Sentence kBeginsWalk{"I29", "{} begins a walk {}, but the CPU is in state {}"};
inline constexpr Sentence kEndsElsewhere{"I29",
                                         "{} exits with state {}, but its walk ends in state {}"};
inline constexpr Sentence kRestsElsewhere{
    "I29", "{} is called outside of a walk and exits with state {}, but the CPU rests in state {}"};
inline constexpr Sentence kIsElsewhere{"I29", "CPU {} is in {}, but its walks end in {}"};
inline constexpr Sentence kWasInMask{
    "I29",
    "CPU {} is in {}, but it was {} before, and no step of this CPU since then explains the "
    "change"};
inline constexpr Sentence kMaskAgainstWalks{"I29", "CPU {} is {}, but its walks end in {}"};
inline constexpr Sentence kMaskAgainstSteps{
    "I29", "CPU {} is {}, but no step of this CPU shows how it got there"};

}  // namespace cpuhp::words
