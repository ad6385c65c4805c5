// What the check of the order of walks says: the sentences of its findings.
//
// Internal to model/checks/.
#pragma once

#include "model/checks/walk_findings.hpp"

namespace cpuhp::words {

inline constexpr const char* kComplete = "docs/kernel.md 4.4";
inline constexpr const char* kTarget = "docs/kernel.md 6.4";
inline constexpr const char* kFirstError = "docs/kernel.md 7, I13";
inline constexpr const char* kState = "docs/kernel.md 7, I29";
inline constexpr const char* kInstances = "docs/kernel.md 7, I31";

/// A sentence about the rollback of a walk up (I11) or down (I12).
constexpr Sentence of_rollback(bool up, const char* text) {
  return {up ? "I11" : "I12", "docs/kernel.md 7, I11 and I12", text};
}

// ------------------------------------------------------------------------------ the order of steps

inline constexpr Sentence kOutOfOrder{"I1", "docs/kernel.md 7, I1",
                                      "{} runs after step {} in a walk {}"};
inline constexpr Sentence kTwice{"I8", "docs/kernel.md 7, I8", "{} runs twice in one walk {}"};
inline constexpr Sentence kOutside{
    "I4", "docs/kernel.md 7, I4",
    "{} runs in the hotplug thread, but not within cpuhp_kick_ap_work, cpu:bringup or "
    "cpu:teardown"};
inline constexpr Sentence kOtherCpu{
    "task", "docs/kernel.md 4.4",
    "{} runs on CPU {}, but the preceding step of the walk ended on CPU {}"};

// ------------------------------------------------------------------------------ targets

inline constexpr Sentence kWrongTarget{"target", kTarget,
                                       "{} has target {}, but the target of the walk is {}"};
inline constexpr Sentence kBeyondTarget{"target", kTarget,
                                        "{} lies beyond the target of the walk, which is {}"};
inline constexpr Sentence kTargetAtRest{"target", kTarget,
                                        "{} has target {}, but the CPU rests in state {}"};

// ------------------------------------------------------------------------------ rollbacks

/// Of what follows these, the direction of the walk decides: of_rollback().
inline constexpr const char* kGoesOn =
    "{} runs after step {} has failed, where the walk must roll back";
inline constexpr const char* kGoesOnBack = "{} runs after step {} has failed in the same rollback";
inline constexpr const char* kNoRollback = "CPU {} failed on its way {} at {}, but {} is not {}";

inline constexpr Sentence kFailedAgain{"I10", "docs/kernel.md 7, I10",
                                       "{} failed, and the rollback runs it again"};
inline constexpr Sentence kNothingFailed{
    "I13", kFirstError,
    "{} rolls back a walk {}, although no step failed and no fault was armed there"};
inline constexpr Sentence kNoneFailed{"I13", kFirstError,
                                      "{} returns {}, but none of its steps failed"};
inline constexpr Sentence kOtherError{"I13", kFirstError,
                                      "{} returns {}, but the first error of its walk is {}"};
inline constexpr Sentence kUndone{
    "I31", kInstances,
    "{} of CPU {} had run for {} instances when it failed, but the rollback undoes {}"};
inline constexpr Sentence kInstancesLeft{
    "I31", kInstances,
    "{} of CPU {} failed for one instance, but {} of the other instances are not undone"};

// ------------------------------------------------------------------------------ the takedown

inline constexpr Sentence kNotStartedAgain =
    of_rollback(false, "CPU {} could not be taken down, but {} is not started again");
inline constexpr Sentence kNoTakedown{
    "complete", kComplete,
    "{} of CPU {} is missing: the CPU's hotplug thread came down to this state, but the control "
    "CPU did not take the CPU down"};
inline constexpr Sentence kStoppedTooEarly{
    "complete", kComplete,
    "CPU {} was stopped at step {}, but {}, which the walk must run before that step, is missing"};

// ------------------------------------------------------------------------------ the CPU's state

inline constexpr Sentence kBegins{"I29", kState, "{} begins, but the CPU is in state {}"};
inline constexpr Sentence kBeginsWalk{"I29", kState,
                                      "{} begins a walk {}, but the CPU is in state {}"};
inline constexpr Sentence kEndsElsewhere{"I29", kState,
                                         "{} exits with state {}, but its walk ends in state {}"};
inline constexpr Sentence kRestsElsewhere{
    "I29", kState,
    "{} is called outside of a walk and exits with state {}, but the CPU rests in state {}"};
inline constexpr Sentence kIsElsewhere{"I29", kState, "CPU {} is in {}, but its walks end in {}"};
inline constexpr Sentence kWasInMask{
    "I29", kState,
    "CPU {} is in {}, but it was {} before, and no step of this CPU since then explains the "
    "change"};
inline constexpr Sentence kMaskAgainstWalks{"I29", kState, "CPU {} is {}, but its walks end in {}"};
inline constexpr Sentence kMaskAgainstSteps{
    "I29", kState, "CPU {} is {}, but no step of this CPU shows how it got there"};

}  // namespace cpuhp::words
