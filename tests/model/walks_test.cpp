// The checks of walks: each invariant is broken by a stream that differs from a clean one in one
// place, and no other invariant is.
#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using test::kA, test::kActive, test::kB, test::kMulti, test::kX, test::kY;

/// A run, and a stream of it to be changed.
struct WalkMutant {
  MachineConfig config;
  RunResult run;
  EventStream stream;

  explicit WalkMutant(MachineConfig c) : config(std::move(c)), run(test::run(config)) {
    stream = run.stream;
  }

  std::set<std::string> broken() const {
    std::set<std::string> names;
    for (const Finding& f : check_walks(stream, judged_by(config, run.ok())))
      names.insert(f.invariant);
    return names;
  }
  std::string texts() const {
    std::string all;
    for (const Finding& f : check_walks(stream, judged_by(config, run.ok())))
      all += f.invariant + ": " + f.text + '\n';
    return all;
  }

  /// Index of the n-th enter of that callback for that CPU.
  std::size_t enter(CpuId cpu, std::string_view name, std::size_t nth = 0) const {
    for (std::size_t i = 0; i < stream.events.size(); ++i) {
      const Event& e = stream.events[i];
      const bool enters = e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter;
      if (enters && e.cpu == cpu && stream.names[e.name] == name && nth-- == 0) return i;
    }
    ADD_FAILURE() << "there is no such step: " << name;
    return 0;
  }
  /// Of its exit.
  std::size_t exit(std::size_t enter) const {
    const Event& e = stream.events[enter];
    for (std::size_t i = enter; i < stream.events.size(); ++i)
      if (stream.events[i].kind == EventKind::Exit && stream.events[i].cpu == e.cpu &&
          stream.events[i].step == e.step)
        return i;
    ADD_FAILURE() << "it has no exit";
    return 0;
  }
  Event& at(std::size_t i) { return stream.events[i]; }
  void erase(std::size_t i) {
    stream.events.erase(stream.events.begin() + static_cast<std::ptrdiff_t>(i));
  }
  void erase_pair(std::size_t enter) {
    erase(exit(enter));
    erase(enter);
  }
  void insert(std::size_t before, Event e) {
    e.time = stream.events[before].time;
    stream.events.insert(stream.events.begin() + static_cast<std::ptrdiff_t>(before), e);
  }
  /// The pair that begins at `enter` once more, before that index.
  void copy_pair(std::size_t enter, std::size_t before) {
    const Event first = at(enter), second = at(exit(enter));
    insert(before, second);
    insert(before, first);
  }
};

/// Boot, and one CPU down and up again. Every step takes its time: no two events of a date.
MachineConfig cycle(const Rules& rules = Rules::of({6, 1}), Design design = Design::Symmetric) {
  MachineConfig c = test::small_machine(
      {test::op_boot(), test::op_down(3), test::op_up(3), test::op_down(2), test::op_up(2)}, design,
      rules);
  for (StateId id = 1; id < c.table.max(); ++id)
    for (const Direction d : {Direction::Up, Direction::Down}) {
      Cost cost;
      cost.parts.push_back({.work = Dist::fixed(1_us)});
      c.costs.set_step(id, d, cost);
    }
  return c;
}

MachineConfig failing_machine(StateId state, Direction direction,
                              const Rules& rules = Rules::of({6, 1})) {
  MachineConfig c = cycle(rules);
  c.operations = {test::op_boot(),
                  direction == Direction::Up ? test::op_down(3) : test::op_down(2)};
  c.operations.push_back(direction == Direction::Up ? test::op_up(3) : test::op_down(3));
  c.faults.push_back({.kind = FaultKind::Error,
                      .cpu = 3,
                      .state = state,
                      .direction = direction,
                      .nth = direction == Direction::Up ? 2u : 1u,
                      .error = -ENOMEM});
  return c;
}

using Set = std::set<std::string>;

TEST(Walks, CleanRunsBreakNothing) {
  for (const Rules& rules :
       {Rules::of({4, 6}), Rules::of({6, 1}), Rules::of({6, 6}), Rules::of({6, 12})})
    for (int design = 0; design < 4; ++design) {
      WalkMutant m(cycle(rules, static_cast<Design>(design)));
      EXPECT_EQ(m.broken(), Set{}) << to_string(m.config.design) << '\n' << m.texts();
    }
}

TEST(Walks, FailedWalksBreakNothing) {
  for (const Rules& rules : {Rules::of({4, 6}), Rules::of({6, 1}), Rules::of({6, 12})})
    for (const StateId state : {kA, kB, kX, kY, kActive})
      for (const Direction d : {Direction::Up, Direction::Down}) {
        if (state == kB && d == Direction::Down) continue;  // it has no teardown
        if (state == kA && d == Direction::Down) continue;  // must not fail (docs/kernel.md 4.2)
        WalkMutant m(failing_machine(state, d, rules));
        EXPECT_EQ(m.broken(), Set{}) << state << '\n' << m.texts();
      }
}

TEST(Walks, OrderI1) {
  WalkMutant m(cycle());
  m.copy_pair(m.enter(3, "a_up", 1), m.enter(3, "bringup_cpu", 1));
  EXPECT_EQ(m.broken(), Set{"I1"}) << m.texts();
}

struct LeftOut {
  const char* broken;
  const char* callback;
  std::size_t nth;
};

const LeftOut kLeftOut[] = {
    {"I2", "x_online", 1},
    {"I2", "a_down", 0},
    // One-sided states too.
    {"complete", "b_up", 1},
    {"complete", "c_dead", 0},
    // STARTING callbacks too.
    {"complete", "two_starting", 1},
    {"I31", "m_online", 2},
};

TEST(Walks, NoCallbackIsLeftOut) {
  for (const LeftOut& each : kLeftOut) {
    WalkMutant m(cycle());
    m.erase_pair(m.enter(3, each.callback, each.nth));
    EXPECT_EQ(m.broken(), Set{each.broken}) << each.callback << '\n' << m.texts();
  }
}

TEST(Walks, TheTakedownItself) {
  WalkMutant m(cycle());
  const std::size_t enter = m.enter(3, "takedown_cpu");
  m.erase(m.exit(enter));
  m.erase(enter);
  EXPECT_TRUE(m.broken().contains("complete")) << m.texts();
}

TEST(Walks, PairsI3) {
  WalkMutant exit(cycle()), enter(cycle());
  exit.erase(exit.exit(exit.enter(3, "y_online", 1)));
  EXPECT_EQ(exit.broken(), Set{"I3"}) << exit.texts();
  enter.erase(enter.enter(3, "y_online", 1));
  EXPECT_EQ(enter.broken(), Set{"I3"}) << enter.texts();
}

TEST(Walks, BracketsI4) {
  WalkMutant m(cycle());
  // Later than the bracket's end: at its own date it would be put before it.
  const std::size_t enter = m.enter(2, "y_online", 1);
  Event first = m.at(enter), second = m.at(m.exit(enter));
  first.time = second.time = m.stream.events.back().time + 1_us;
  m.stream.events.push_back(first);
  m.stream.events.push_back(second);
  EXPECT_EQ(m.broken(), Set{"I4"}) << m.texts();
}

TEST(Walks, ControlCpuI5) {
  WalkMutant m(cycle());
  const std::size_t enter = m.enter(3, "a_up", 1), exit = m.exit(enter);
  m.at(enter).role = m.at(exit).role = Role::CpuhpThread;
  EXPECT_EQ(m.broken(), Set{"I5"}) << m.texts();
}

TEST(Walks, OwnThreadI6) {
  WalkMutant online(cycle()), starting(cycle());
  const std::size_t enter = online.enter(3, "x_online", 1), exit = online.exit(enter);
  online.at(enter).role = online.at(exit).role = Role::Control;
  EXPECT_EQ(online.broken(), Set{"I6"}) << online.texts();
  const std::size_t one = starting.enter(3, "one_starting", 1), end = starting.exit(one);
  starting.at(one).on = starting.at(end).on = 0;
  EXPECT_EQ(starting.broken(), Set{"I6"}) << starting.texts();
}

TEST(Walks, TwiceI8) {
  WalkMutant m(cycle());
  const std::size_t enter = m.enter(3, "y_online", 1);
  m.copy_pair(enter, m.exit(enter) + 1);
  EXPECT_EQ(m.broken(), Set{"I8"}) << m.texts();
}

// A state with a teardown only is torn down on the way back of a walk that never started it, and
// once more on the next way down.
TEST(Walks, OneSidedStatesRunAgainI9) {
  WalkMutant clean(failing_machine(kX, Direction::Up)), dropped(failing_machine(kX, Direction::Up));
  const std::size_t again = clean.enter(3, "c_dead", 1);
  EXPECT_GT(again, clean.enter(3, "bringup_cpu", 1));
  EXPECT_EQ(clean.broken(), Set{}) << clean.texts();
  dropped.erase_pair(again);
  EXPECT_EQ(dropped.broken(), Set{"complete"}) << dropped.texts();
}

TEST(Walks, FailingStepI10) {
  WalkMutant m(failing_machine(kY, Direction::Up));
  const std::size_t back = m.enter(3, "m_offline", 2);
  m.copy_pair(m.enter(3, "y_offline"), back);
  for (const std::size_t i : {back, back + 1})  // as it would stand there
    if (m.at(i).kind == EventKind::Enter) m.at(i).value = m.at(back + 2).value;
  EXPECT_EQ(m.broken(), Set{"I10"}) << m.texts();
}

TEST(Walks, RollbackI11AndI12) {
  WalkMutant up(failing_machine(kB, Direction::Up)), down(failing_machine(kMulti, Direction::Down));
  up.erase_pair(up.enter(3, "a_down", 1));
  EXPECT_EQ(up.broken(), Set{"I11"}) << up.texts();
  down.erase_pair(down.enter(3, "activate", 1));
  down.erase_pair(down.enter(3, "y_online", 1));
  EXPECT_EQ(down.broken(), Set{"I12"}) << down.texts();
}

TEST(Walks, FirstErrorI13) {
  for (const int ret : {0, -EIO}) {
    WalkMutant m(failing_machine(kY, Direction::Down));
    const std::size_t enter = m.enter(3, "cpuhp_kick_ap_work");
    m.at(m.exit(enter)).ret = ret;
    EXPECT_EQ(m.broken(), Set{"I13"}) << m.texts();
  }
}

TEST(Walks, OneAtATimeI25) {
  WalkMutant m(cycle());
  Event e = m.at(m.enter(2, "a_up", 1));
  m.insert(m.exit(m.enter(3, "a_up", 1)), e);
  EXPECT_TRUE(m.broken().contains("I25")) << m.texts();
}

TEST(Walks, StateI29) {
  WalkMutant step(cycle()), bracket(cycle());
  step.at(step.exit(step.enter(3, "y_offline"))).value += 1;
  EXPECT_EQ(step.broken(), Set{"I29"}) << step.texts();
  bracket.at(bracket.exit(bracket.enter(3, "bringup_cpu", 1))).value -= 1;
  EXPECT_EQ(bracket.broken(), Set{"I29"}) << bracket.texts();
}

TEST(Walks, AWalkBeginsWhereTheLastOneEnded) {
  WalkMutant m(cycle());
  // All of CPU 3's way down: its way up then begins at the top.
  const std::size_t from = m.enter(3, "cpuhp_kick_ap_work");
  const std::size_t to = m.exit(m.enter(3, "a_down"));
  for (std::size_t i = to + 1; i-- > from;)
    if (m.at(i).kind == EventKind::Enter || m.at(i).kind == EventKind::MultiEnter ||
        m.at(i).kind == EventKind::Exit)
      m.erase(i);
  EXPECT_EQ(m.broken(), Set{"I29"}) << m.texts();
}

TEST(Walks, Target) {
  WalkMutant m(cycle());
  m.at(m.enter(3, "y_offline")).value -= 1;
  EXPECT_EQ(m.broken(), Set{"target"}) << m.texts();
}

TEST(Walks, Symbol) {
  WalkMutant m(cycle());
  m.at(m.enter(3, "y_online", 1)).name = m.at(m.enter(3, "x_online", 1)).name;
  EXPECT_EQ(m.broken(), Set{"symbol"}) << m.texts();
}

TEST(Walks, Time) {
  WalkMutant m(cycle());
  const std::size_t enter = m.enter(3, "y_online", 1);
  m.at(enter).time = m.at(enter).time - 10_us;
  EXPECT_EQ(m.broken(), Set{"time"}) << m.texts();
}

TEST(Walks, TheTaskOfAWalkStaysOnItsCpu) {
  WalkMutant m(cycle());
  const std::size_t enter = m.enter(3, "b_up", 1), exit = m.exit(enter);
  m.at(enter).on = m.at(exit).on = 1;
  EXPECT_EQ(m.broken(), Set{"task"}) << m.texts();
}

TEST(Walks, RegistrationsI32) {
  MachineConfig c = cycle();
  c.uninstalled = {kY};
  c.operations = {test::op_boot(), {.kind = OpKind::Setup, .state = kY}};
  WalkMutant clean(c), missing(c), twice(c);
  EXPECT_EQ(clean.broken(), Set{}) << clean.texts();
  missing.erase_pair(missing.enter(2, "y_online"));
  EXPECT_EQ(missing.broken(), Set{"I32"}) << missing.texts();
  const std::size_t enter = twice.enter(2, "y_online");
  twice.copy_pair(enter, twice.exit(enter) + 1);
  EXPECT_EQ(twice.broken(), Set{"I32"}) << twice.texts();
}

TEST(Walks, TheNotifierChainHasItsOwn) {
  const MachineConfig c = cycle(Rules::of({4, 6}), Design::Notifier);
  WalkMutant twice(c), order(c), thread(c);
  const std::size_t y = twice.enter(3, "y_online", 1);
  twice.copy_pair(y, twice.exit(y) + 1);
  EXPECT_EQ(twice.broken(), Set{"I8"}) << twice.texts();
  const std::size_t enter = order.enter(3, "x_online", 1);
  const Event first = order.at(enter), second = order.at(order.exit(enter));
  order.erase_pair(enter);
  const std::size_t after = order.exit(order.enter(3, "y_online", 1)) + 1;
  order.insert(after, second);
  order.insert(after, first);
  EXPECT_EQ(order.broken(), Set{"I1"}) << order.texts();
  const std::size_t own = thread.enter(3, "x_online", 1), end = thread.exit(own);
  thread.at(own).role = thread.at(end).role = Role::CpuhpThread;
  EXPECT_EQ(thread.broken(), Set{"I6"}) << thread.texts();
}

/// A way down of CPU 3 that fails at `x`. `before`: operations that come with it.
MachineConfig failed_async_down(std::vector<Operation> before) {
  MachineConfig c = cycle(Rules::of({6, 1}), Design::Async);
  c.operations = {test::op_boot()};
  c.operations.insert(c.operations.end(), before.begin(), before.end());
  Operation down = test::op_down(3);
  if (!before.empty()) down.with = 1;
  c.operations.push_back(down);
  c.faults.push_back(
      {.kind = FaultKind::Error, .cpu = 3, .state = kX, .direction = Direction::Down});
  return c;
}

/// Gives the steps of the way back of CPU 3 that target.
void go_back_to(WalkMutant& m, StateId target) {
  for (std::size_t i = m.exit(m.enter(3, "x_offline")); i < m.stream.events.size(); ++i) {
    Event& e = m.at(i);
    const bool enters = e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter;
    if (enters && e.cpu == 3) e.value = target;
  }
}

// No event shows that the first of two operations takes the CPU from `online` to `sched:active`.
TEST(Walks, AWalkWithoutAStepMovesTheCpu) {
  WalkMutant clean(failed_async_down({test::op_down(3, kActive)})), wrong = clean;
  ASSERT_EQ(clean.at(clean.enter(3, "activate", 1)).value, kActive);
  EXPECT_EQ(clean.broken(), Set{}) << clean.texts();
  go_back_to(wrong, kY);
  EXPECT_TRUE(wrong.broken().contains("target")) << wrong.texts();
  WalkMutant alone(failed_async_down({}));
  EXPECT_EQ(alone.broken(), Set{}) << alone.texts();
  go_back_to(alone, kActive);
  EXPECT_TRUE(alone.broken().contains("target")) << alone.texts();
}

// The second operation fails, and so does its way back. The third walks on from there before a
// moment at which no operation is under way.
TEST(Walks, AnotherWalkIsNotTheWayBackThatHasFailed) {
  MachineConfig c = cycle(Rules::of({6, 1}), Design::Async);
  c.operations = {test::op_boot(), test::op_down(3), test::op_up(3), test::op_down(3)};
  c.operations[2].with = 1;
  c.faults = {
      {.kind = FaultKind::Error, .cpu = 3, .state = kActive, .nth = 2},
      {.kind = FaultKind::Error, .cpu = 3, .state = kY, .direction = Direction::Down, .nth = 2}};
  WalkMutant clean(c), goes_on = clean;
  ASSERT_EQ(clean.at(clean.exit(clean.enter(3, "y_offline", 1))).ret, -EAGAIN);
  ASSERT_LT(clean.enter(3, "y_offline", 1), clean.enter(3, "x_offline", 1));
  EXPECT_EQ(clean.broken(), Set{}) << clean.texts();
  // Without the lock of the third operation it is one step more of the way back.
  for (std::size_t i = goes_on.enter(3, "y_offline", 1); i < goes_on.enter(3, "x_offline", 1); ++i)
    if (goes_on.at(i).kind == EventKind::Acquire) goes_on.at(i).kind = EventKind::Wake;
  EXPECT_EQ(goes_on.broken(), Set{"I11"}) << goes_on.texts();
}

TEST(Walks, AHangIsNoFinding) {
  MachineConfig c = cycle();
  c.operations = {test::op_boot(), test::op_down(3)};
  c.faults.push_back(
      {.kind = FaultKind::Hang, .cpu = 3, .state = kX, .direction = Direction::Down, .nth = 1});
  WalkMutant m(c);
  EXPECT_FALSE(m.run.ok());
  EXPECT_EQ(m.broken(), Set{}) << m.texts();
}

}  // namespace
}  // namespace cpuhp
