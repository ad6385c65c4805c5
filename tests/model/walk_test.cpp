// Walks of the state machine: who runs which callback, and how a failed walk turns round.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cerrno>

#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

const std::vector<std::string> kUp{"threads_up",   "a_up",         "b_up",     "bringup_cpu",
                                   "one_starting", "two_starting", "x_online", "m_online#1",
                                   "m_online#0",   "y_online",     "activate"};
const std::vector<std::string> kDown{
    "cpuhp_kick_ap_work", "deactivate", "y_offline",  "m_offline#1", "m_offline#0", "x_offline",
    "takedown_cpu",       "one_dying",  "finish_cpu", "c_dead",      "a_down"};

TEST(Walk, UpRunsEveryStartupInOrder) {
  const RunResult r = run(small_machine({op_up(1)}));
  EXPECT_THAT(callbacks(r, 1), ElementsAreArray(kUp));
  EXPECT_EQ(r.final[1].state, kOnline);
  EXPECT_TRUE(r.final[1].online && r.final[1].active && !r.final[1].dying);
}

TEST(Walk, DownRunsEveryTeardownInOrder) {
  const RunResult r = run(small_machine({op_up(1), op_down(1)}));
  EXPECT_THAT(callbacks(r, 1, begin(r, 1)), ElementsAreArray(kDown));
  EXPECT_EQ(r.final[1].state, 0);
  // The dying bit of a CPU that went down stays set (docs/kernel.md 5.5).
  EXPECT_TRUE(!r.final[1].online && !r.final[1].active && r.final[1].dying);
}

TEST(Walk, EachSectionHasItsExecutor) {
  const RunResult r = run(small_machine({op_up(1), op_down(1)}));
  for (const Event& e : r.stream.events) {
    if (e.cpu != 1 || (e.kind != EventKind::Enter && e.kind != EventKind::MultiEnter)) continue;
    SCOPED_TRACE(name(r, e));
    const bool up = e.time < begin(r, 1);
    if (name(r, e) == "cpuhp_kick_ap_work" || e.step <= kBringup || e.step == kTeardown) {
      EXPECT_EQ(e.role, Role::Control);
      EXPECT_EQ(e.on, 0u);
    } else if (e.step < kApOnline) {
      EXPECT_EQ(e.role, up ? Role::ApBoot : Role::Stopper);
      EXPECT_EQ(e.on, 1u);
    } else {
      EXPECT_EQ(e.role, Role::CpuhpThread);
      EXPECT_EQ(e.on, 1u);
    }
  }
}

TEST(Walk, ATeardownRunsWithTheStateBelowIt) {
  const RunResult r = run(small_machine({op_up(1), op_down(1)}));
  for (const Event& e : events(r, EventKind::Exit, 1)) {
    if (e.step == kBringup || e.step == kTeardown || e.step == kOnline) continue;
    EXPECT_EQ(e.value, e.time < begin(r, 1) ? e.step : e.step - 1);
  }
}

TEST(Walk, RestsAtATargetInTheApsOwnSection) {
  const RunResult r = run(small_machine({op_up(1, kX), op_up(1), op_down(1, kMulti)}));
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0));
  EXPECT_THAT(callbacks(r, 1, begin(r, 1)),
              ElementsAre("cpuhp_kick_ap_work", "m_online#1", "m_online#0", "y_online", "activate",
                          "cpuhp_kick_ap_work", "deactivate", "y_offline"));
  EXPECT_EQ(r.final[1].state, kMulti);
  EXPECT_TRUE(r.final[1].online);
}

TEST(Walk, RestsAtATargetInThePrepareSection) {
  const RunResult r = run(small_machine({op_up(2), op_up(1, kA), op_up(1, kB), op_down(1, kA)}));
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(callbacks(r, 1), ElementsAre("threads_up", "a_up", "b_up"));
  EXPECT_EQ(r.final[1].state, kA);
  EXPECT_FALSE(r.final[1].online);
}

TEST(Walk, NobodyGoesDownWhileOneCpuIsOnline) {
  // Not even a CPU that rests in the PREPARE section, and is not online itself.
  const RunResult r = run(small_machine({op_up(1, kB), op_down(1), op_up(2), op_down(1)}));
  EXPECT_THAT(returns(r), ElementsAre(0, -EBUSY, 0, 0));
  EXPECT_THAT(callbacks(r, 1), ElementsAre("threads_up", "a_up", "b_up", "a_down"));
}

TEST(Walk, ToThePresentStateDoesNothing) {
  const RunResult r = run(small_machine({op_up(1), op_up(1)}));
  EXPECT_THAT(returns(r), ElementsAre(0, 0));
  EXPECT_THAT(callbacks(r, 1, begin(r, 1)), ElementsAre());
}

/// What stays of a CPU after a failed operation: all that a later one could notice.
void expect_as_before(const RunResult& r, std::size_t failed, const FinalCpu& before) {
  EXPECT_NE(r.operations.at(failed).ret, 0);
  EXPECT_EQ(r.final[1].state, before.state);
  EXPECT_EQ(r.final[1].online, before.online);
  EXPECT_EQ(r.final[1].active, before.active);
  EXPECT_TRUE(r.ok());
}

TEST(Rollback, OfAFailedPrepareStep) {
  MachineConfig c = small_machine({op_up(1)});
  c.faults = {failing(1, kB, Direction::Up)};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(-12));
  // b itself has failed: neither it nor what is above is undone.
  EXPECT_THAT(callbacks(r, 1), ElementsAre("threads_up", "a_up", "b_up", "a_down"));
  expect_as_before(r, 0, {});
}

TEST(Rollback, OfAFailedOnlineStepTakesTheCpuDown) {
  MachineConfig c = small_machine({op_up(1)});
  c.faults = {failing(1, kY, Direction::Up)};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(-12));
  std::vector<std::string> expected(kUp.begin(), kUp.end() - 1);
  for (const char* undo : {"m_offline#1", "m_offline#0", "x_offline", "takedown_cpu", "one_dying",
                           "finish_cpu", "c_dead", "a_down"})
    expected.emplace_back(undo);
  EXPECT_THAT(callbacks(r, 1), ElementsAreArray(expected));
  expect_as_before(r, 0, {});
}

TEST(Rollback, OfAFailedTeardownStartsAgainWhatWasTornDown) {
  MachineConfig c = small_machine({op_up(1), op_down(1)});
  c.faults = {failing(1, kX, Direction::Down)};
  const RunResult r = run(c);
  EXPECT_THAT(
      callbacks(r, 1, begin(r, 1)),
      ElementsAre("cpuhp_kick_ap_work", "deactivate", "y_offline", "m_offline#1", "m_offline#0",
                  "x_offline", "m_online#1", "m_online#0", "y_online", "activate"));
  expect_as_before(r, 1, {.state = kOnline, .online = true, .active = true});
}

TEST(Rollback, OfARefusedTakedown) {
  MachineConfig c = small_machine({op_up(1), op_down(1), op_down(1)});
  c.faults = {{.kind = FaultKind::RefusedTakedown, .cpu = 1, .error = -28}};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, -28, 0)) << "the second attempt is not refused";
  c.operations.pop_back();
  expect_as_before(run(c), 1, {.state = kOnline, .online = true, .active = true});
}

TEST(Rollback, AFailedInstanceUndoesOnlyThoseBeforeIt) {
  MachineConfig c = small_machine({op_up(1)});
  c.faults = {{.kind = FaultKind::Error, .cpu = 1, .state = kMulti, .instance = 0, .error = -12}};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(-12));
  const std::vector<std::string> all = callbacks(r, 1);
  const auto failed = std::find(all.begin(), all.end(), "m_online#0");
  ASSERT_NE(failed, all.end());
  EXPECT_EQ(*(failed + 1), "m_offline#1");
  EXPECT_EQ(*(failed + 2), "x_offline");
  expect_as_before(r, 0, {});
}

TEST(Rollback, OfAWalkThatBeganInTheMiddleEndsThere) {
  MachineConfig c = small_machine({op_up(1, kX), op_up(1)});
  c.faults = {failing(1, kActive, Direction::Up)};
  const RunResult r = run(c);
  EXPECT_THAT(callbacks(r, 1, begin(r, 1)),
              ElementsAre("cpuhp_kick_ap_work", "m_online#1", "m_online#0", "y_online", "activate",
                          "y_offline", "m_offline#1", "m_offline#0"));
  expect_as_before(r, 1, {.state = kX, .online = true});
}

TEST(Rollback, ThatFailsItselfStaysWhereItIs) {
  MachineConfig c = small_machine({op_up(1)});
  c.faults = {failing(1, kY, Direction::Up), failing(1, kX, Direction::Down)};
  const RunResult r = run(c);
  EXPECT_TRUE(r.ok());
  EXPECT_FALSE(events(r, EventKind::Warn, 1).empty());
}

TEST(Rollback, OfActiveSetsTheBitAgain) {
  MachineConfig c = small_machine({op_up(1), op_down(1)});
  c.faults = {failing(1, kActive, Direction::Down, -16)};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, -16));
  EXPECT_TRUE(r.final[1].active);
}

TEST(Rollback, V4_6IgnoresAnErrorOfTheStartingSection) {
  MachineConfig c = small_machine({op_up(1)}, Design::Symmetric, Rules::of({4, 6}));
  c.faults = {failing(1, kStartingOne, Direction::Up)};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0));
  EXPECT_EQ(named(r, EventKind::Enter, "two_starting", 1).size(), 1u);
  EXPECT_EQ(r.final[1].state, kOnline);
}

// v5.10: the thread of the AP has moved the state before a teardown, the control CPU moves it
// after.
TEST(WalkV5_10, TheStateMovesBeforeTheThreadsTeardownsAndAfterTheControlCpus) {
  const RunResult r =
      run(small_machine({op_up(1), op_down(1)}, Design::Symmetric, Rules::of({5, 10})));
  EXPECT_THAT(returns(r), ElementsAre(0, 0));
  std::vector<std::pair<int, int>> exits;
  for (const Event& e : events(r, EventKind::Exit, 1))
    if (e.time > begin(r, 1)) exits.emplace_back(e.step, e.value);
  using P = std::pair<int, int>;
  EXPECT_THAT(exits, ElementsAre(P{kActive, kActive - 1}, P{kY, kY - 1}, P{kMulti, kMulti - 1},
                                 P{kMulti, kMulti - 1}, P{kX, kX - 1}, P{kOnline, kTeardown},
                                 P{kStartingOne, kStartingOne}, P{kTeardown, kIdleDead},
                                 P{kBringup, kBringup}, P{kDead, kDead}, P{kA, kA}));
  EXPECT_EQ(r.final[1].state, 0);
}

// v5.10 has no limits for `fail`: the dead CPU is brought up again, past where it should rest, and
// nobody sets its threads going. (recordings: 5.10.223)
TEST(WalkV5_10, AnErrorOfADeadCallbackLeavesTheCpuHalfUp) {
  const RunResult r = run(small_machine(
      {op_up(1), op_write("cpu1/hotplug/fail", std::to_string(kDead)), op_down(1), op_down(1)},
      Design::Symmetric, Rules::of({5, 10})));
  EXPECT_THAT(returns(r), ElementsAre(0, 0, -EAGAIN, 0));
  EXPECT_THAT(callbacks(r, 1, begin(r, 2)),
              ::testing::IsSupersetOf({"finish_cpu", "bringup_cpu", "one_starting"}));
  int state = -1;
  for (const Event& e : events(r, EventKind::Rest, 1))
    if (e.time <= begin(r, 3)) state = e.step;
  EXPECT_EQ(state, kIdleEntry + 1);
  EXPECT_EQ(r.final[1].state, 0);
}

// The takedown itself fails: the thread starts again what it had torn down.
TEST(WalkV5_10, ARefusedTakedownIsRolledBackByTheThread) {
  MachineConfig c = small_machine(
      {op_up(1), op_write("cpu1/hotplug/fail", std::to_string(kTeardown)), op_down(1), op_down(1)},
      Design::Symmetric, Rules::of({5, 10}));
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 0, -EAGAIN, 0));
  EXPECT_THAT(callbacks(r, 1, begin(r, 2)),
              ::testing::IsSupersetOf({"x_online", "m_online#1", "y_online", "activate"}));
}

constexpr std::array kStateMachines{Design::Symmetric, Design::Parallel, Design::Async};

// Every step of every walk, failing once: the CPU is exactly where it was, and the next attempt
// works.
RC_GTEST_PROP(Rollback, LeavesTheCpuWhereItWas, ()) {
  const auto design = *rc::gen::elementOf(kStateMachines);
  const auto up = *rc::gen::arbitrary<bool>();
  const auto state = *rc::gen::element(kA, kB, kX, kMulti, kY, kActive);
  RC_PRE(up || (state != kA && state != kB));
  MachineConfig c = up ? small_machine({op_up(1), op_up(1)}, design)
                       : small_machine({op_up(1), op_down(1), op_down(1)}, design);
  c.faults = {failing(1, state, up ? Direction::Up : Direction::Down, -5)};
  const RunResult r = run(c);
  RC_ASSERT(r.ok());
  RC_ASSERT(r.operations[up ? 0 : 1].ret == -5);
  RC_ASSERT(r.operations.back().ret == 0);
  RC_ASSERT(r.final[1].state == (up ? kOnline : 0));
  RC_ASSERT(r.final[1].online == up);
  RC_ASSERT(r.final[1].active == up);
}

// Up and then down, to whatever targets: each teardown that ran belongs to a startup, in the
// reverse order.
RC_GTEST_PROP(Walk, DownIsTheReverseOfUp, ()) {
  const auto design = *rc::gen::elementOf(kStateMachines);
  StateTable table = small_table();
  const auto states = [&](bool up) {
    std::vector<StateId> ids;
    for (const State& s : table.all())
      if (!s.startup.empty() && !s.teardown.empty() && s.id != kBringup) ids.push_back(s.id);
    if (!up) std::reverse(ids.begin(), ids.end());
    return ids;
  };
  MachineConfig c = small_machine({op_up(1), op_down(1)}, design);
  const RunResult r = run(c);
  for (const bool up : {true, false}) {
    std::vector<StateId> seen;
    for (const Event& e : r.stream.events) {
      const bool enter = e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter;
      if (!enter || e.cpu != 1 || (e.time < begin(r, 1)) != up || e.step == kBringup) continue;
      const State& s = table.at(e.step);
      if (s.startup.empty() || s.teardown.empty()) continue;
      if (seen.empty() || seen.back() != e.step) seen.push_back(e.step);
    }
    RC_ASSERT(seen == states(up));
  }
}

}  // namespace
}  // namespace cpuhp
