// Suspend, resume and reboot: who goes in which order, who comes back, and what is refused
// meanwhile (docs/kernel.md 6.2, I34).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// CPUs in the order in which they left or came, in that operation.
std::vector<CpuId> order_within(const RunResult& r, EventKind kind, std::size_t operation) {
  std::vector<CpuId> cpus;
  for (const Event& e : named(r, kind, "online"))
    if (e.time >= r.operations.at(operation).begin && e.time <= r.operations.at(operation).end)
      cpus.push_back(e.cpu);
  return cpus;
}

class SuspendOfDesign : public ::testing::TestWithParam<Design> {
 protected:
  RunResult run_with(std::vector<Operation> operations, std::vector<Fault> faults = {},
                     const Rules& rules = Rules::of({6, 1})) const {
    MachineConfig c = small_machine(std::move(operations), GetParam(), rules);
    c.faults = std::move(faults);
    return run(c);
  }
};

TEST_P(SuspendOfDesign, TakesAllButOneAndBringsThemBack) {
  const RunResult r = run_with({op_boot(), op_suspend(), op_read("online"), op_read("cpu1/online"),
                                op_resume(), op_read("online")});
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0, 0, 0));
  EXPECT_EQ(r.operations[2].text, "0\n");
  EXPECT_EQ(r.operations[3].text, "1\n") << "the device does not hear of it";
  EXPECT_EQ(r.operations[5].text, "0-3\n");
  EXPECT_THAT(events(r, EventKind::Uevent), IsEmpty());
}

TEST_P(SuspendOfDesign, OnlyThoseThatItTookComeBack) {
  const RunResult r =
      run_with({op_boot(), op_write("cpu2/online", "0"), op_suspend(), op_resume()});
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(online_cpus(r), ElementsAre(0, 1, 3));
}

TEST_P(SuspendOfDesign, NobodyPlugsCpusMeanwhile) {
  const RunResult r =
      run_with({op_boot(), op_suspend(), op_up(1), op_down(0),
                op_write("cpu1/hotplug/target", "18"), op_resume(), op_down(1), op_up(1)});
  const int target = GetParam() == Design::Notifier ? -ENOENT : -EBUSY;  // 4.5 has no such file
  EXPECT_THAT(returns(r), ElementsAre(0, 0, -EBUSY, -EBUSY, target, 0, 0, 0));
}

TEST_P(SuspendOfDesign, AWakeUpStopsItAndTheThawRepairs) {
  const RunResult r =
      run_with({op_boot(), op_suspend(1), op_read("online"), op_down(3), op_resume(), op_down(3)});
  EXPECT_THAT(returns(r), ElementsAre(0, -EBUSY, 0, -EBUSY, 0, 0));
  EXPECT_EQ(r.operations[2].text, "0,2-3\n");
  EXPECT_THAT(online_cpus(r), ElementsAre(0, 1, 2));
}

TEST_P(SuspendOfDesign, AWakeUpBeforeTheFirst) {
  const RunResult r = run_with({op_boot(), op_suspend(0), op_resume()});
  EXPECT_THAT(returns(r), ElementsAre(0, -EBUSY, 0));
  EXPECT_THAT(order_within(r, EventKind::MaskClear, 1), IsEmpty());
}

TEST_P(SuspendOfDesign, AWakeUpAfterTheLastIsTooLate) {
  EXPECT_THAT(returns(run_with({op_boot(), op_suspend(3), op_resume()})), ElementsAre(0, 0, 0));
}

TEST_P(SuspendOfDesign, AnotherCpuMayStay) {
  const RunResult r = run_with({op_boot(), op_suspend({}, 2), op_read("online"), op_resume()});
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(r.operations[2].text, "2\n");
  EXPECT_EQ(r.online, 4u);
}

TEST_P(SuspendOfDesign, WhoIsOffCannotStay) {
  const RunResult r =
      run_with({op_boot(), op_down(2), op_suspend({}, 2), op_read("online"), op_resume()});
  EXPECT_EQ(r.operations[3].text, "0\n");
  EXPECT_THAT(online_cpus(r), ElementsAre(0, 1, 3));
}

TEST_P(SuspendOfDesign, ARefusalIsHandedOn) {
  const RunResult r = run_with({op_boot(), op_suspend(), op_up(1), op_resume(), op_suspend()},
                               {failing(2, kY, Direction::Down, -EBUSY)});
  EXPECT_THAT(returns(r), ElementsAre(0, -EBUSY, -EBUSY, 0, 0));
  EXPECT_TRUE(r.ok());
}

TEST_P(SuspendOfDesign, WhoDoesNotComeBackIsLeftBehind) {
  const RunResult r =
      run_with({op_boot(), op_suspend(), op_resume(), op_up(1)},
               {{.kind = FaultKind::Error, .cpu = 1, .state = kA, .nth = 2, .error = -ENOMEM}});
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(named(r, EventKind::Warn, "Error taking CPU1 up: -12").size(), 1u);
  EXPECT_EQ(r.online, 4u) << "the last operation brought CPU 1 up";
  EXPECT_THAT(order_within(r, EventKind::MaskSet, 2), ::testing::UnorderedElementsAre(2, 3));
}

TEST_P(SuspendOfDesign, AThawWithoutAFreezeIsLogged) {
  const RunResult r = run_with({op_boot(), op_resume(), op_down(1), op_up(1)});
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(named(r, EventKind::Warn, "Unbalanced cpu hotplug enable").size(), 1u);
}

TEST_P(SuspendOfDesign, ARebootLeavesOneAndTheNextKernelBeginsAnew) {
  const RunResult r =
      run_with({op_boot(), op_shutdown(), op_read("online"), op_up(1), op_boot(), op_down(1)});
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, -EBUSY, 0, 0));
  EXPECT_EQ(r.operations[2].text, "0\n");
}

TEST_P(SuspendOfDesign, ARebootThatIsRefusedIsABug) {
  const RunResult r =
      run_with({op_boot(), op_shutdown()}, {failing(2, kY, Direction::Down, -EBUSY)});
  ASSERT_TRUE(r.panic);
  EXPECT_NE(r.panic->find("more than one CPU is online"), std::string::npos) << *r.panic;
}

INSTANTIATE_TEST_SUITE_P(Every, SuspendOfDesign,
                         ::testing::Values(Design::Notifier, Design::Symmetric, Design::Parallel,
                                           Design::Async),
                         [](const auto& design) { return std::string(to_string(design.param)); });

/// Takedowns of a suspend and of a reboot, bring-ups of a resume.
TEST(Suspend, GoesUpTheNumbersAndFrom69OnDown) {
  const auto orders = [](const Rules& rules) {
    const RunResult r = run(small_machine({op_boot(), op_suspend(), op_resume(), op_shutdown()},
                                          Design::Symmetric, rules));
    return std::vector{order_within(r, EventKind::MaskClear, 1),
                       order_within(r, EventKind::MaskSet, 2),
                       order_within(r, EventKind::MaskClear, 3)};
  };
  using Cpus = std::vector<CpuId>;
  EXPECT_THAT(orders(Rules::of({6, 6})), ElementsAre(Cpus{1, 2, 3}, Cpus{1, 2, 3}, Cpus{1, 2, 3}));
  EXPECT_THAT(orders(Rules::of({6, 12})), ElementsAre(Cpus{3, 2, 1}, Cpus{1, 2, 3}, Cpus{1, 2, 3}));
}

// freeze_secondary_cpus() calls _cpu_down() by itself, and so may the last housekeeping CPU go.
TEST(Suspend, TheSuspendingTaskDoesItAll) {
  MachineConfig c = small_machine({op_boot(), op_suspend({}, 1), op_read("online"), op_resume()},
                                  Design::Symmetric, Rules::of({6, 6}));
  c.housekeeping = CpuMask(4);
  c.housekeeping.set(0);
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(r.operations[2].text, "1\n");
  for (const Event& e : events(r, EventKind::Enter)) {
    if (e.step != kTeardown) continue;
    EXPECT_EQ(e.role, Role::Control);
    EXPECT_EQ(e.on, 1u);
  }
}

TEST(Suspend, OneLockOverAll) {
  const RunResult r = run(small_machine({op_suspend(), op_resume()}));
  EXPECT_EQ(named(r, EventKind::Acquire, "cpu_add_remove_lock").size(), 2u);
}

}  // namespace
}  // namespace cpuhp
