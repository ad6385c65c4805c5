// What states take for a CPU: a planted defect for each finding, and the drivers that cause them.
#include "model/checks/watch/state_resources.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> broken_resources(const EventStream& stream) {
  std::vector<std::string> names;
  for (const Finding& f : check_state_resources(stream)) names.push_back(f.invariant);
  return names;
}

constexpr StateId kDriver = declared_id(0);

/// Two CPUs of the small machine, up, and a driver with two resources on the free number 5.
MachineConfig with_driver(std::vector<Operation> operations, StateId number = 5) {
  operations.insert(operations.begin(), op_up(1));
  MachineConfig c = small_machine(std::move(operations), Design::Symmetric, Rules::of({6, 12}));
  c.declared = {{.name = "driver",
                 .startup = "driver_up",
                 .teardown = "driver_down",
                 .number = number,
                 .resources = {"ring", "irq"}}};
  return c;
}

Operation driver_op(OpKind kind, bool calls = true) {
  return {.kind = kind, .state = kDriver, .calls = calls};
}
const Operation kSetup = driver_op(OpKind::Setup), kRemove = driver_op(OpKind::Remove);

TEST(StateResources, TakenAndGivenBackInPairs) {
  for (const StateId number : {kKickAp, kY}) {  // on the control CPU, and on the AP itself
    MachineConfig c = with_driver({kSetup, op_down(1), op_up(1), op_up(2, kA), op_up(2), kRemove,
                                   kSetup, op_shutdown(), kRemove},
                                  number);
    c.table.at(kY) = State{.id = kY, .section = Section::Online};
    const RunResult r = run(c);
    EXPECT_THAT(returns(r), testing::Each(0));
    EXPECT_EQ(events(r, EventKind::Take).size(), events(r, EventKind::Give).size());
    EXPECT_EQ(events(r, EventKind::Take, 1).size(), 6u) << "ring and irq, three times";
    EXPECT_THAT(broken_resources(r.stream), IsEmpty());
  }
}

TEST(StateResources, AStartupThatFailedHasTakenNothing) {
  MachineConfig c = with_driver({kSetup, op_down(1), op_up(1), op_up(1)});
  c.faults = {{.kind = FaultKind::Error, .cpu = 1, .state = kDriver, .nth = 2, .error = -12}};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, -12, 0));
  EXPECT_THAT(broken_resources(r.stream), IsEmpty());
}

TEST(StateResources, EachInstanceHasItsOwn) {
  MachineConfig c = with_driver({kSetup});
  c.declared[0].multi = true;
  for (const OpKind kind : {OpKind::AddInstance, OpKind::RemoveInstance})
    for (const std::uint16_t instance : {std::uint16_t{1}, std::uint16_t{2}}) {
      Operation o = driver_op(kind);
      o.instance = instance;
      c.operations.push_back(o);
      c.operations.push_back(op_down(1));
      c.operations.push_back(op_up(1));
    }
  const RunResult r = run(c);
  EXPECT_GT(events(r, EventKind::Take, 1).size(), 8u);
  EXPECT_THAT(broken_resources(r.stream), IsEmpty());
}

// A driver that takes for the CPUs that are up by itself would have to say so.
TEST(StateResources, ATeardownWithoutAStartupIsFound) {
  EXPECT_THAT(
      broken_resources(run(with_driver({driver_op(OpKind::Setup, false), op_down(1)})).stream),
      ElementsAre("state-resource-given", "state-resource-given"));
}

// B21: the kernels up to 6.9 forgot the startup of a dynamic PREPARE state.
TEST(StateResources, SoIsAForgottenStartup) {
  MachineConfig c = with_driver({kSetup, op_down(1)});
  c.declared[0].range = DynamicRange::Prepare;
  EXPECT_THAT(broken_resources(run(c).stream), IsEmpty());
  Rules rules = c.table.rules();
  rules.prepare_dynamic_skipped = true;
  c.table = small_table(rules);
  EXPECT_THAT(broken_resources(run(c).stream),
              ElementsAre("state-resource-given", "state-resource-given"));
}

TEST(StateResources, WhatIsLeftOverBelowTheStateIsFoundOnce) {
  const RunResult r =
      run(with_driver({kSetup, driver_op(OpKind::Remove, false), op_down(1), op_up(2, kB)}));
  const std::vector<Finding> found = check_state_resources(r.stream);
  ASSERT_EQ(found.size(), 2u);
  for (const Finding& f : found) {
    EXPECT_EQ(f.invariant, "state-resource-leak");
    EXPECT_EQ(f.cpu, 1u);
    EXPECT_EQ(f.time, r.operations[3].end) << "of the operation that passed the state";
  }
  EXPECT_EQ(found[0].text,
            "ring of CPU 1 was not given back, although the CPU rests below state 5");
}

TEST(StateResources, AFailedTeardownHasGivenNothingBack) {
  MachineConfig c = with_driver({kSetup, op_up(2, 5), op_down(2, kB)});
  c.faults = {failing(2, kDriver, Direction::Down, -16)};
  // The way back starts at the step after the one that failed: there is none.
  EXPECT_EQ(run(c).final[2].state, kKickAp);
  EXPECT_THAT(broken_resources(run(c).stream), IsEmpty());
}

TEST(StateResources, TakenTwiceIsFound) {
  // Removed and set up again, and what it had taken forgotten meanwhile.
  EXPECT_THAT(
      broken_resources(run(with_driver({kSetup, driver_op(OpKind::Remove, false), kSetup})).stream),
      ElementsAre("state-resource-taken", "state-resource-taken", "state-resource-taken",
                  "state-resource-taken"));
}

// The way back of an operation that failed may call nobody.
TEST(StateResources, AnOperationThatFailedIsBackWhereItBegan) {
  MachineConfig c = with_driver({kSetup, op_write("cpu2/hotplug/fail", "6"), op_up(2)});
  c.declared[0].teardown.clear();
  for (const StateId state : {kA, kDead}) c.table.at(state).teardown.clear();
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, -EAGAIN));
  ASSERT_EQ(broken_resources(r.stream).size(), 2u);
  EXPECT_EQ(check_state_resources(r.stream)[0].invariant, "state-resource-leak");
  EXPECT_EQ(check_state_resources(r.stream)[0].cpu, 2u);
}

// The states that nobody sees: a walk passes empty ones without a word.
TEST(StateResources, APartialWayDownIsNoLeak) {
  MachineConfig c = with_driver({kSetup, op_down(1, kX), op_up(1), op_down(1, 5), op_up(1)});
  c.table.at(kA).teardown.clear();
  EXPECT_THAT(broken_resources(run(c).stream), IsEmpty());
  c.operations = {op_up(1), kSetup, driver_op(OpKind::Remove, false), op_down(1, 5)};
  EXPECT_THAT(broken_resources(run(c).stream), IsEmpty()) << "it rests at the very state";
  c.operations.back() = op_down(1, kDead);
  EXPECT_EQ(broken_resources(run(c).stream).size(), 2u) << "and one below it";
}

// A planted defect: "irq" is taken before the startup can fail, and is then forgotten.
TEST(StateResources, WhatAFailedStartupKeepsIsLeftOver) {
  MachineConfig c = with_driver({kSetup, op_down(1), op_up(1)});
  c.declared[0].resources = {StateResource("ring"), StateResource("irq", true)};
  c.faults = {{.kind = FaultKind::Error, .cpu = 1, .state = kDriver, .nth = 2, .error = -12}};
  const RunResult r = run(c);
  EXPECT_EQ(returns(r).back(), -12);
  const std::vector<Finding> found = check_state_resources(r.stream);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].invariant, "state-resource-leak");
  EXPECT_EQ(found[0].place, "irq");
  EXPECT_EQ(found[0].cpu, 1u);

  c.operations.push_back(op_up(1));
  EXPECT_THAT(broken_resources(run(c).stream),
              ElementsAre("state-resource-leak", "state-resource-taken"));
}

// Only a startup can forget: a teardown that fails has given nothing back, and the CPU stays up.
TEST(StateResources, WhatMayBeKeptIsNoMatterForATeardown) {
  MachineConfig c = with_driver({kSetup, op_down(1), op_down(1)}, kY);
  c.table.at(kY) = State{.id = kY, .section = Section::Online};
  c.declared[0].resources = {StateResource("irq", true)};
  c.faults = {failing(1, kDriver, Direction::Down, -16)};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, testing::Ge(0), -16, 0));
  EXPECT_THAT(broken_resources(r.stream), IsEmpty());
}

}  // namespace
}  // namespace cpuhp
