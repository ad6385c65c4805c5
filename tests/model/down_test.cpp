// Takedown by a task that stands on the CPU that goes down.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/checks/watch/resources.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

/// A write of 0 to `online` by a task that runs on that CPU.
Operation op_leave(CpuId cpu) {
  Operation op = op_write("cpu" + std::to_string(cpu) + "/online", "0");
  op.on = cpu;
  return op;
}

Rules without_kworker() {
  Rules rules = Rules::of({6, 12});
  rules.down_via_kworker = false;
  return rules;
}

std::vector<Event> by_role(const RunResult& r, Role role, Ns from) {
  return events(r, [&](const Event& e) {
    const bool shown = e.kind == EventKind::Enter || e.kind == EventKind::Exit;
    return shown && e.role == role && e.time >= from;
  });
}

// Recorded by 5.10 and by 7.3: it begins there, is pushed off, and goes on elsewhere by itself.
TEST(OwnCpu, TheTaskIsPushedOffAndGoesOnElsewhere) {
  for (const Rules& rules :
       {Rules::of({5, 10}), Rules::of({6, 1}), without_kworker(), Rules::of({4, 6})}) {
    const RunResult r =
        run(small_machine({op_boot(), op_leave(2), op_up(2)}, Design::Symmetric, rules));
    EXPECT_EQ(returns(r), (std::vector<int>{0, 0, 0}));
    const std::vector<Event> control = by_role(r, Role::Control, begin(r, 1));
    ASSERT_FALSE(control.empty());
    EXPECT_EQ(name(r, control.front()), "cpuhp_kick_ap_work");
    EXPECT_EQ(control.front().on, 2u);
    for (const Event& e : control)
      if (e.step <= kTeardown) {
        EXPECT_EQ(e.on, 0u) << e.step;
      }
    EXPECT_TRUE(by_role(r, Role::Worker, {}).empty());
    EXPECT_TRUE(check_resources(r.stream).empty());
  }
}

// Whoever has a kworker do it wakes up elsewhere, too.
TEST(OwnCpu, TheTaskThatWaitsForItsKworkerIsPushedOff) {
  const RunResult r =
      run(small_machine({op_boot(), op_leave(2)}, Design::Parallel, Rules::of({6, 12})));
  EXPECT_EQ(returns(r), (std::vector<int>{0, 0}));
  EXPECT_EQ(last(r, EventKind::OpEnd)->on, 0u);
  EXPECT_FALSE(by_role(r, Role::Worker, begin(r, 1)).empty());
  EXPECT_TRUE(check_resources(r.stream).empty());
}

TEST(OwnCpu, IsLeftUnderEveryDesign) {
  for (const Design design : {Design::Notifier, Design::Symmetric, Design::Parallel, Design::Async})
    for (const Rules& rules : {Rules::of({4, 6}), Rules::of({5, 10}), without_kworker()}) {
      MachineConfig c = small_machine({op_boot(), op_leave(0), op_leave(3)}, design, rules);
      c.cpu0_hotplug = true;
      c.cpu0_online_file = true;
      const RunResult r = run(c);
      EXPECT_TRUE(r.ok());
      EXPECT_EQ(returns(r), (std::vector<int>{0, 0, 0})) << to_string(design);
      EXPECT_EQ(last(r, EventKind::OpEnd)->on, 1u) << to_string(design);
      EXPECT_TRUE(check_resources(r.stream).empty()) << to_string(design);
    }
}

// `active` is cleared and set again: the task stays elsewhere, and the CPU as it was.
TEST(OwnCpu, AFailureFindsTheTaskElsewhere) {
  MachineConfig c = small_machine({op_boot(), op_leave(2)}, Design::Symmetric, Rules::of({5, 10}));
  c.faults = {failing(2, kX, Direction::Down, -16)};
  const RunResult r = run(c);
  EXPECT_EQ(returns(r), (std::vector<int>{0, -16}));
  EXPECT_EQ(r.final[2].state, kOnline);
  const std::vector<Event> control = by_role(r, Role::Control, begin(r, 1));
  ASSERT_EQ(control.size(), 2u);
  EXPECT_EQ(control[0].on, 2u);
  EXPECT_EQ(control[1].on, 0u);
}

// The first step refuses before `active` is cleared: nobody is pushed.
TEST(OwnCpu, ATaskStaysWhereItsCpuStaysActive) {
  const RunResult r = run(small_machine(
      {op_boot(), op_write("cpu2/hotplug/fail", std::to_string(kActive)), op_leave(2)},
      Design::Symmetric, Rules::of({5, 10})));
  EXPECT_EQ(returns(r), (std::vector<int>{0, 0, -11}));
  EXPECT_TRUE(events(r, EventKind::Move).empty());
  EXPECT_EQ(last(r, EventKind::OpEnd)->on, 2u);
}

}  // namespace
}  // namespace cpuhp
