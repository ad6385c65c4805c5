// The walk of one task as the checks follow it (model/checks/walk/walk.hpp): what comes next on the
// small table, and what is missing when something else comes.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "model/checks/walk/walk.hpp"
#include "model/judged_run.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

/// A walk on a stream of one event, and what the checks say about it.
struct WalkStage {
  explicit WalkStage(Walker walker, const Rules& rules = Rules::of({6, 1}))
      : judged(judged_by(small_machine({}, Design::Symmetric, rules), true)), walk(walker) {
    stream.events.resize(1);
    stream.nr_cpus = 4;
    g.cpu = 3;
  }

  std::string said() {
    std::string all;
    for (std::vector<Finding> found : {findings.take(), callbacks.findings()})
      for (const Finding& f : found) all += f.invariant + ": " + f.text + '\n';
    return all;
  }
  StateId next() const { return walk.next(callbacks); }
  void call(const std::vector<StateId>& states) {
    for (const StateId s : states)
      EXPECT_TRUE(walk.call(g, s, judged.table.at(s).multi)) << "state " << s;
  }

  EventStream stream;
  Judged judged;
  Outline outline = outline_by_events(stream);
  Walks walks{outline, stream, judged};
  Callbacks callbacks{walks};
  WalkFindings findings{walks};
  Ground g{walks, callbacks, findings};
  Walk walk;
};

struct WalkCase {
  const char* name;
  Walker walker;
  StateId prev, bound;
  std::vector<StateId> calls;
  StateId next;
  const char* said = "";  ///< when the walk ends after these calls
};

const WalkCase kWalkCases[]{
    {"control begins up", Walker::Control, 0, kBringup, {}, kThreads},
    {"control up", Walker::Control, 0, kBringup, {kThreads, kA}, kB},
    {"control is up", Walker::Control, 0, kBringup, {kThreads, kA, kB, kBringup}, kNoState},
    {"control down", Walker::Control, kTeardown, 0, {kTeardown, kBringup}, kDead},
    {"control is down", Walker::Control, kTeardown, 0, {kTeardown, kBringup, kDead, kA}, kNoState},
    {"STARTING up", Walker::Atomic, kBringup, kApOnline, {kStartingOne}, kStartingTwo},
    {"STARTING down", Walker::Atomic, kTeardown, kApOffline, {}, kStartingOne},
    {"thread up", Walker::Thread, kIdleEntry, kOnline, {kX}, kMulti},
    {"each instance", Walker::Thread, kIdleEntry, kOnline, {kX, kMulti, kMulti}, kY},
    {"thread down to a target", Walker::Thread, kOnline, kMulti, {kActive}, kY},
    {"target reached", Walker::Thread, kOnline, kMulti, {kActive, kY}, kNoState},
    {"one left out",
     Walker::Thread,
     kIdleEntry,
     kOnline,
     {kX, kMulti, kMulti, kActive},
     kNoState,
     "I2: step 16 (y:online) of CPU 3 is missing on the way up\n"},
    {"many left out",
     Walker::Control,
     0,
     kBringup,
     {kBringup},
     kNoState,
     "complete: 3 steps of CPU 3 are missing on the way up from 0 to 6; the first missing one is "
     "step 1 (threads:prepare)\n"},
    {"an instance left out",
     Walker::Thread,
     kOnline,
     kTeardown,
     {kActive, kY, kMulti, kX},
     kNoState,
     "I31: step 15 (m:online) of CPU 3 runs for 1 instances on the way down instead of 2\n"},
};

TEST(TaskWalk, CallsWhatTheTableHas) {
  for (const WalkCase& c : kWalkCases) {
    SCOPED_TRACE(c.name);
    WalkStage stage(c.walker);
    const bool up = c.bound > c.prev;
    stage.walk.begin(up, c.prev, c.bound, c.bound);
    stage.call(c.calls);
    EXPECT_EQ(stage.next(), c.next);
    EXPECT_EQ(stage.walk.is_done(stage.callbacks), c.next == kNoState);
    EXPECT_EQ(stage.walk.way(), Way::Forth);
    if (c.next == kNoState) stage.walk.leave(stage.g);
    EXPECT_EQ(stage.said(), c.said);
  }
}

TEST(TaskWalk, TakesOnlyWhatIsAhead) {
  WalkStage stage(Walker::Thread);
  stage.walk.begin(true, kIdleEntry, kOnline, kOnline);
  stage.call({kX, kMulti});
  EXPECT_FALSE(stage.walk.call(stage.g, kX, false));
  EXPECT_FALSE(stage.walk.call(stage.g, kMulti, false)) << "a state without instances runs once";
  EXPECT_EQ(stage.walk.pos(), kMulti);
  EXPECT_EQ(stage.walk.after(), kMulti);
  EXPECT_TRUE(stage.walk.is_within(kX));
  EXPECT_FALSE(stage.walk.is_within(kIdleEntry));
}

struct WayBackCase {
  const char* name;
  StateId prev, bound;
  std::vector<StateId> calls;  ///< the last one fails
  StateId next;                ///< on the way back
  const char* said = "";       ///< when the way back does not come
};

const WayBackCase kWaysBack[]{
    {"first step", kIdleEntry, kOnline, {kX}, kNoState},
    {"up",
     kIdleEntry,
     kOnline,
     {kX, kMulti, kMulti, kY},
     kMulti,
     "I11: CPU 3 failed on its way up at step 16 (y:online), but step 15 (m:online) is not "
     "undone\n"},
    {"down",
     kOnline,
     kTeardown,
     {kActive, kY},
     kActive,
     "I12: CPU 3 failed on its way down at step 16 (y:online), but step 17 (sched:active) is not "
     "started again\n"},
};

TEST(TaskWalk, GoesBackWhereAStepFailed) {
  for (const WayBackCase& c : kWaysBack) {
    SCOPED_TRACE(c.name);
    WalkStage stage(Walker::Thread);
    const bool up = c.bound > c.prev;
    stage.walk.begin(up, c.prev, c.bound, c.bound);
    stage.call(c.calls);
    const StateId failed = c.calls.back();
    stage.walk.fail(failed, failed, -ENOMEM);
    EXPECT_EQ(stage.walk.way(), Way::Failed);
    EXPECT_FALSE(stage.walk.is_done(stage.callbacks));
    EXPECT_EQ(stage.walk.way_back(stage.callbacks, failed), c.next);
    stage.walk.expect_nothing_to_undo(stage.g, failed);
    EXPECT_EQ(stage.said(), c.said);
    ASSERT_TRUE(stage.walk.turn(c.prev, c.next));
    EXPECT_EQ(stage.walk.way(), Way::Back);
    EXPECT_EQ(stage.walk.up(), !up);
    EXPECT_EQ(stage.next(), c.next);
  }
}

TEST(TaskWalk, DoesNotRunAgainWhatFailed) {
  WalkStage stage(Walker::Thread);
  stage.walk.begin(true, kIdleEntry, kOnline, kOnline);
  stage.call({kX});
  stage.walk.fail(kX, kX, -ENOMEM);
  EXPECT_FALSE(stage.walk.turn(kIdleEntry, kX));
}

TEST(TaskWalk, UndoesInstancesOnTheWayBack) {
  const std::string wrong =
      "I31: step 15 (m:online) of CPU 3 had run for 1 instances when it failed, but the rollback "
      "undoes ";
  const std::string said[]{
      wrong + "0\nI2: step 15 (m:online) of CPU 3 is missing on the way down\n", "", wrong + "2\n"};
  for (std::size_t undone = 0; undone < 3; ++undone) {
    WalkStage stage(Walker::Thread);
    stage.walk.begin(true, kIdleEntry, kOnline, kOnline);
    stage.call({kX, kMulti, kMulti});
    stage.walk.fail(kMulti, kMulti, -ENOMEM);
    stage.walk.fail_partly(false);
    ASSERT_TRUE(stage.walk.turn(kIdleEntry, undone == 0 ? kX : kMulti));
    stage.call(std::vector<StateId>(undone, kMulti));
    stage.call({kX});
    EXPECT_EQ(stage.said(), said[undone]);
  }
}

TEST(TaskWalk, MayUndoInstancesByItself) {
  WalkStage stage(Walker::Control);
  stage.walk.begin(true, kIdleEntry, kOnline, kOnline);
  stage.call({kX, kMulti, kMulti});
  stage.walk.fail(kMulti, kMulti, -ENOMEM);
  stage.walk.fail_partly(true);
  EXPECT_EQ(stage.walk.way(), Way::FailedPerhaps);
  EXPECT_FALSE(stage.walk.is_done(stage.callbacks)) << "an instance is still to be undone";
  EXPECT_FALSE(stage.walk.undoes_instance({.state = kMulti}));
  EXPECT_TRUE(stage.walk.undoes_instance({.state = kMulti, .undo = true}));
  EXPECT_FALSE(stage.walk.undoes_instance({.state = kMulti, .undo = true}));
  stage.walk.expect_instances_undone(stage.g);
  EXPECT_EQ(stage.said(), "");
  stage.walk.go_on();
  EXPECT_EQ(stage.walk.way(), Way::Forth);
}

/// hotplug/fail stops a walk where no event shows it: the way back tells where.
TEST(TaskWalk, FindsASilentFault) {
  for (const StateId armed : {kNoState, kY, kActive}) {
    WalkStage stage(Walker::Thread);
    stage.walk.begin(true, kIdleEntry, kOnline, kOnline);
    stage.call({kX, kMulti, kMulti});
    stage.walk.fail_silently(stage.g, armed, kMulti);
    EXPECT_EQ(stage.walk.failed(), kY) << "armed at " << armed;
    EXPECT_EQ(stage.walk.way(), Way::Failed);
  }
}

}  // namespace
}  // namespace cpuhp
