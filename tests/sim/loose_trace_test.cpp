// Traces as they are: what makes no sense is told or passed over, and never more than that.
#include "sim/trace/loose_trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sim/analysis/check_trace.hpp"

namespace cpuhp {
namespace {

constexpr const char* kWalk =
    "  sh-7  [000] 1.000001: cpuhp_enter: cpu: 0001 target: 20 step:  2 (prepare)\n"
    "  sh-7  [000] 1.000002: cpuhp_exit:  cpu: 0001  state:  2 step:  2 ret: 0\n";

LooseTrace loose_with(const std::string& before) {
  return parse_loose_trace(before + kWalk, "t.txt");
}

TEST(LooseTrace, ABufferThatOverflowedIsTold) {
  const LooseTrace t =
      loose_with("# entries-in-buffer/entries-written: 10/9223372036854775807   #P:2\n");
  ASSERT_EQ(t.notes.size(), 1u);
  EXPECT_EQ(t.notes[0].text,
            "the kernel's ring buffer overflowed: 9223372036854775797 entries are missing");
}

TEST(LooseTrace, AHeaderWithoutItsCountsSaysNothing) {
  for (const char* header : {"# entries-in-buffer\n", "# entries-in-buffer/entries-written:\n"})
    EXPECT_THAT(loose_with(header).notes, testing::IsEmpty()) << header;
}

TEST(LooseTrace, CpusAndStatesThatNoMachineHasAreNotMarked) {
  const std::string operation =
      "#MACHINE arch=x86_64 possible=0-1 present=0-1 online=0-1\n"
      "#OP A cpu=1\n"
      "#W path=cpu1/hotplug/fail value=70000 ret=6 errno=0 name=OK at=write\n"
      "#W path=cpu70000/hotplug/fail value=3 ret=2 errno=0 name=OK at=write\n"
      "#S cpu=70000 online=1 state=2 target=2 fail=-1 online_mask=0-1 offline_mask=\n"
      "#S cpu=1 online=1 state=70000 target=2 fail=-1 online_mask=0-1 offline_mask=\n#END\n";
  const LooseTrace t = loose_with(operation + "# section: boot\n");
  for (const Mark& mark : t.marks) {
    EXPECT_TRUE(mark.cpu == kNoCpu || mark.cpu < 2) << mark.cpu;
    EXPECT_LT(mark.state, 4'096);
  }
  EXPECT_EQ(t.trace.stream.nr_cpus, 2u);
}

// AddressSanitizer tells when the judge looks for it in the table all the same.
TEST(LooseTrace, AWalkBeginsBeyondTheTable) {
  const LooseTrace t = parse_loose_trace(
      " cpuhp/3-36  [003] 0.005567601: cpuhp_enter: cpu: 0003 target: 153 step: 155 (wait_empty)\n"
      " kworker/0:0-20  [000] 0.005619702: cpuhp_enter: cpu: 0003 target: -256 step: 255 (dead)\n"
      " kworker/0:0-20  [000] 0.005620702: cpuhp_exit:  cpu: 0003  state:  14 step:  15 ret: 0\n",
      "t.txt");
  const TraceReport report = check_trace(t, {});
  EXPECT_EQ(report.events, 3u);
  EXPECT_EQ(report.unmatched, 3u);
}

}  // namespace
}  // namespace cpuhp
