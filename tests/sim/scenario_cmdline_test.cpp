// The kernel's words: each one's effect, and the wrong ones.
#include <gtest/gtest.h>

#include "sim/scenario/cmdline.hpp"
#include "sim/scenario/cpulist.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

MachineConfig eight_cpus() {
  MachineConfig config;
  config.topology = Topology::grid({.cores_per_socket = 8});
  config.present = parse_cpulist("all", 8).value();
  return config;
}

MachineConfig with(const std::string& words) {
  MachineConfig config = eight_cpus();
  apply_cmdline(parse_cmdline(words, CmdlineMode::Strict), config);
  return config;
}

TEST(Cmdline, EachWordHasItsEffect) {
  EXPECT_TRUE(with("nosmt").nosmt);
  EXPECT_FALSE(with("nosmt").nosmt_force);
  EXPECT_TRUE(with("nosmt=force").nosmt_force);
  EXPECT_EQ(with("maxcpus=4").max_cpus, 4u);
  EXPECT_EQ(with("nosmp").max_cpus, 0u);
  EXPECT_EQ(with("").max_cpus, kMaxCpus);
  EXPECT_EQ(with("nr_cpus=3").topology.nr_cpus(), 3u);
  EXPECT_EQ(with("possible-cpus=2 nr_cpus=3").present.weight(), 2u);
  EXPECT_FALSE(with("cpuhp.parallel=0").cpuhp_parallel);
  EXPECT_TRUE(with("cpuhp.parallel=on").cpuhp_parallel);
  EXPECT_TRUE(with("cpu0_hotplug").cpu0_hotplug);
  EXPECT_TRUE(with("tsc=reliable").tsc_reliable);
  EXPECT_FALSE(with("tsc=unstable").tsc_reliable);
}

TEST(Cmdline, IsolatedCpusAreNoHousekeepers) {
  EXPECT_TRUE(with("").housekeeping.empty());
  EXPECT_EQ(print_cpulist(with("isolcpus=1-3").housekeeping), "0,4-7");
  EXPECT_EQ(print_cpulist(with("isolcpus=nohz,domain,managed_irq,1-3").housekeeping), "0,4-7");
  // As the kernel: one CPU has to be left, the boot CPU.
  EXPECT_EQ(print_cpulist(with("isolcpus=0-N").housekeeping), "0");
}

TEST(Cmdline, InitDelayIsWorkOfTheKick) {
  const MachineConfig before = eight_cpus(), after = with("cpu_init_udelay=10000");
  const auto& parts = after.costs.phase(Phase::Kick).parts;
  ASSERT_EQ(parts.size(), before.costs.phase(Phase::Kick).parts.size() + 1);
  EXPECT_EQ(parts.back().work.mean(), 10_ms);
  EXPECT_EQ(with("cpu_init_udelay=0").costs.phase(Phase::Kick), before.costs.phase(Phase::Kick));
}

class BadCmdline : public testing::TestWithParam<BadText> {};

TEST_P(BadCmdline, IsRefused) {
  const ScenarioFolder folder;
  EXPECT_EQ(folder.error_of([] { with(GetParam().text); }), GetParam().error);
}

const BadText kBadWords[] = {
    {"Unknown", "maxcpu=4", "unknown kernel parameter \"maxcpu=4\" (did you mean 'maxcpus='?)"},
    {"UnknownAfterAnother", "quiet nosnt",
     "unknown kernel parameter \"nosnt\" (did you mean 'nosmt'?)"},
    {"UnknownList", "isolcpu=1",
     "unknown kernel parameter \"isolcpu=1\" (did you mean 'isolcpus='?)"},
    {"UnknownFlag", "cpu0-hotplug=1",
     "unknown kernel parameter \"cpu0-hotplug=1\" (did you mean 'cpu0_hotplug'?)"},
    {"Negative", "maxcpus=-1", "\"maxcpus=-1\": expected a number from 0 to 65536"},
    {"TooLarge", "maxcpus=99999999999999",
     "\"maxcpus=99999999999999\": expected a number from 0 to 65536"},
    {"TooSmall", "nr_cpus=0", "\"nr_cpus=0\": expected a number from 1 to 65536"},
    {"NoTruthValue", "cpuhp.parallel=maybe", "\"cpuhp.parallel=maybe\": expected 0 or 1"},
    {"BeyondTheMachine", "isolcpus=1-9",
     "\"isolcpus=1-9\": CPU 9 is out of range, expected 0 to 7"},
};

INSTANTIATE_TEST_SUITE_P(Words, BadCmdline, testing::ValuesIn(kBadWords), bad_text_name);

TEST(Cmdline, HarmlessWordsAreIgnoredAndUnknownOnesOnlyWhenLenient) {
  const std::string recorded =
      "console=ttyS0 quiet trace_event=cpuhp:cpuhp_enter trace_buf_size=2M trace_clock=global "
      "panic=-1 rdinit=/init hp_test=B tsc=reliable";
  EXPECT_EQ(parse_cmdline(recorded, CmdlineMode::Strict).ignored.size(), 8u);
  EXPECT_TRUE(parse_cmdline(recorded, CmdlineMode::Strict).tsc_reliable);
  const Cmdline lenient =
      parse_cmdline("dyndbg=\"file a.c +p\" splat x=1 maxcpus=2 -- nosmt", CmdlineMode::Lenient);
  EXPECT_EQ(lenient.ignored, (std::vector<std::string>{"dyndbg=file a.c +p", "splat", "x=1"}));
  EXPECT_EQ(lenient.max_cpus, 2u);
  EXPECT_FALSE(lenient.nosmt);
}

}  // namespace
}  // namespace cpuhp
