// What a write to a file of sysfs gives back, to the errno (docs/kernel.md 6.1), and what it does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;

/// The write's result on a booted machine, for each design the same.
int write_after_boot(const std::string& path, const std::string& text, const MachineConfig& base) {
  MachineConfig c = base;
  c.operations = {op_boot(), op_write(path, text)};
  return run(c).operations.at(1).ret;
}

TEST(Sysfs, RefusesWhatTheKernelRefuses) {
  struct Case {
    const char *path, *text;
    int ret;
  };
  const Case cases[] = {
      {"cpu1/online", "1", 0},
      {"cpu1/online", "0", 0},
      {"cpu1/online", "n\n", 0},
      {"cpu1/online", "on", 0},
      {"cpu1/online", "ox", -EINVAL},
      {"cpu1/online", "", -EINVAL},
      {"cpu1/online", "2", -EINVAL},
      {"cpu0/online", "0", -ENOENT},
      {"cpu9/online", "0", -ENOENT},
      {"cpu1/state", "0", -ENOENT},
      {"node1/online", "0", -ENOENT},
      {"cpu/online", "1", -ENOENT},
      {"cpu1/hotplug/target", "18", 0},
      {"cpu1/hotplug/target", "14\n", 0},
      {"cpu1/hotplug/target", "+14", 0},
      {"cpu1/hotplug/target", "19", -EINVAL},
      {"cpu1/hotplug/target", "-1", -EINVAL},
      {"cpu1/hotplug/target", "x", -EINVAL},
      {"cpu1/hotplug/target", " 0", -EINVAL},
      {"cpu1/hotplug/target", "99999999999", -ERANGE},
      {"cpu1/hotplug/target", "13", -EINVAL},  // unnamed
      {"cpu1/hotplug/target", "1", -EINVAL},   // cannot stop
      {"cpu1/hotplug/target", "6", -EINVAL},
      {"cpu1/hotplug/target", "8", -EINVAL},
      {"cpu1/hotplug/target", "12", -EINVAL},
      {"cpu1/hotplug/fail", "16", 0},
      {"cpu1/hotplug/fail", "-1", 0},
      {"cpu1/hotplug/fail", "-2", -EINVAL},
      {"cpu1/hotplug/fail", "19", -EINVAL},
      {"cpu1/hotplug/fail", "0", -EINVAL},  // no callback
      {"cpu1/hotplug/fail", "9", -EINVAL},  // atomic
      {"cpu1/hotplug/fail", "2", -EINVAL},  // could not be rolled back: the CPU is up
      {"cpu1/hotplug/fail", "12", 0},
      {"cpu1/hotplug/fail", "z", -EINVAL},
  };
  for (const Case& c : cases)
    EXPECT_EQ(write_after_boot(c.path, c.text, small_machine({})), c.ret)
        << c.path << " <- " << c.text;
}

TEST(Sysfs, TargetTakesOnlyTheEndsWithoutStateControl) {
  MachineConfig c = small_machine({});
  c.state_control = false;
  EXPECT_EQ(write_after_boot("cpu1/hotplug/target", "16", c), -EINVAL);
  EXPECT_EQ(write_after_boot("cpu1/hotplug/target", "0", c), 0);
  EXPECT_EQ(write_after_boot("cpu1/hotplug/target", "18", c), 0);
}

class SysfsOfDesign : public ::testing::TestWithParam<Design> {};

TEST_P(SysfsOfDesign, OnlineTakesACpuDownAndBringsItBack) {
  const RunResult r =
      run(small_machine({op_boot(), op_write("cpu3/online", "0"), op_write("cpu3/online", "0"),
                         op_write("cpu3/online", "1")},
                        GetParam()));
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(named(r, EventKind::MaskClear, "online", 3).size(), 1u)
      << "the second write finds it done";
  EXPECT_EQ(named(r, EventKind::MaskSet, "online", 3).size(), 2u);
  EXPECT_EQ(r.online, 4u);
}

TEST_P(SysfsOfDesign, OnlineKnowsWhatOtherOperationsDid) {
  const RunResult r = run(small_machine(
      {op_boot(), op_down(3), op_write("cpu3/online", "0"), op_write("cpu3/online", "1"),
       op_write("cpu3/online", "0"), op_up(3), op_write("cpu3/online", "0")},
      GetParam()));
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(named(r, EventKind::MaskClear, "online", 3).size(), 3u);
  EXPECT_EQ(r.online, 3u);
}

TEST_P(SysfsOfDesign, AnArmedFailStrikesOnce) {
  const RunResult r = run(small_machine(
      {op_boot(), op_down(1), op_write("cpu1/hotplug/fail", "3"), op_up(1), op_up(1)}, GetParam()));
  if (GetParam() == Design::Notifier) {
    EXPECT_THAT(returns(r), ElementsAre(0, 0, -ENOENT, 0, -EINVAL)) << "4.5 has no such file";
    return;
  }
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, -EAGAIN, 0));
  const std::optional<Event> hit = first(r, EventKind::Injected, 1);
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->step, kB);
  EXPECT_EQ(r.final[1].fail, -1);
}

INSTANTIATE_TEST_SUITE_P(Every, SysfsOfDesign,
                         ::testing::Values(Design::Notifier, Design::Symmetric, Design::Parallel,
                                           Design::Async),
                         [](const auto& design) { return std::string(to_string(design.param)); });

TEST(Sysfs, TargetGoesAroundTheDevice) {
  // The file still says online, so offlining through it is what brings both together
  // (docs/kernel.md 6.1).
  const RunResult r = run(
      small_machine({op_boot(), op_write("cpu1/hotplug/target", "0"), op_write("cpu1/online", "1"),
                     op_write("cpu1/online", "0"), op_write("cpu1/online", "1")}));
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0, 0));
  EXPECT_EQ(named(r, EventKind::MaskSet, "online", 1).size(), 2u)
      << "the first write of 1 did nothing";
  EXPECT_EQ(r.online, 4u);
}

TEST(Sysfs, AFailThatIsNotReachedStaysArmed) {
  const RunResult r =
      run(small_machine({op_boot(), op_write("cpu1/hotplug/fail", "16"), op_down(1, kActive)}));
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0));
  EXPECT_EQ(r.final[1].fail, kY);
}

TEST(Sysfs, TheLastCpuStays) {
  for (const Design design :
       {Design::Notifier, Design::Symmetric, Design::Parallel, Design::Async}) {
    MachineConfig c = small_machine({op_write("cpu0/online", "0"), op_down(0)}, design);
    c.cpu0_hotplug = true;
    EXPECT_THAT(returns(run(c)), ElementsAre(-EBUSY, -EBUSY)) << to_string(design);
  }
}

}  // namespace
}  // namespace cpuhp
