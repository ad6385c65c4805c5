// The comparison has to see what differs: a recording that is changed in one place is told apart.
#include "sim/conform/conform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "sim/conform/boot_installs.hpp"
#include "sim/error.hpp"
#include "sim/report/conform_report.hpp"
#include "sim/trace/text_file.hpp"
#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

using testing::HasSubstr;

const std::string kRecordings = CPUHP_SOURCE_DIR "/tests/truth/recordings/";
const std::string kTables = CPUHP_SOURCE_DIR "/scenarios/tables/";

std::string recording_text(const std::string& name) { return read_text(kRecordings + name); }

Conformance replay(const std::string& text, const std::string& table = "x86_64-6.1") {
  const Recording r = parse_recording(text, "rec.txt");
  Conformance c = prepare_conformance(r, kTables + table + ".json", "twin.json");
  with_bare_simulator([&](Simulator& s) { run_conformance(c, s); });
  return c;
}

/// The n-th occurrence (from 0) of `from` becomes `to`.
std::string changed(std::string text, const std::string& from, const std::string& to,
                    std::size_t nth = 0) {
  std::size_t at = text.find(from);
  for (; nth > 0 && at != std::string::npos; --nth) at = text.find(from, at + 1);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

struct Change {
  const char* name;
  const char* recording;
  const char* from;
  const char* to;
  const char* shown;  ///< in the report
};

void PrintTo(const Change& c, std::ostream* out) { *out << c.from << " -> " << c.to; }

class ChangedRecording : public testing::TestWithParam<Change> {};

constexpr const char* kCycle = "x86_64-6.1/C-offline-online-cpu1-smp4.txt.gz";
constexpr const char* kBoot = "x86_64-6.1/A-boot-smp4-counter.txt.gz";
constexpr const char* kFunctions = "x86_64-6.1/X-functrace-smp4.txt.gz";
constexpr const char* kFiles = "x86_64-6.1/B-cpusysfs-smp8-s2c2t2.txt.gz";

TEST_P(ChangedRecording, IsToldApart) {
  const Change& c = GetParam();
  const std::string text = recording_text(c.recording);
  EXPECT_TRUE(replay(text).ok()) << conform_text(replay(text), {});
  const Conformance after = replay(changed(text, c.from, c.to));
  EXPECT_EQ(after.identical(), after.operations() - 1) << conform_text(after, {});
  EXPECT_THAT(conform_text(after, {}), HasSubstr(c.shown));
}

INSTANTIATE_TEST_SUITE_P(
    Changes, ChangedRecording,
    testing::Values(Change{"Errno", kCycle, "value=0 ret=2 errno=0 name=OK",
                           "value=0 ret=-1 errno=16 name=EBUSY",
                           "write \"0\" to cpu1/online: recorded errno 16, simulated success"},
                    Change{"State", kCycle, "online=0 state=0", "online=0 state=1",
                           "cpu1/hotplug/state: recorded \"1\", simulated \"0\""},
                    Change{"Mask", kCycle, "online_mask=0,2-3", "online_mask=0,2",
                           "online: recorded \"0,2\", simulated \"0,2-3\""},
                    Change{"Symbol", kCycle, "(sched_cpu_deactivate)", "(sched_cpu_activate)",
                           "- cpuhp/1      cpu 1  enter  step 235 target 153 sched_cpu_activate"},
                    Change{"ExitState", kCycle, "state: 234 step: 235 ret: 0",
                           "state: 235 step: 235 ret: 0",
                           "- cpuhp/1      cpu 1  exit   step 235 state 235 ret 0"},
                    Change{"Target", kCycle, "target: 153 step: 202", "target:   0 step: 202",
                           "- cpuhp/1      cpu 1  enter  step 202 target 0"},
                    Change{"DrivingCpu", kCycle, "[000]", "[002]",
                           "- kworker/2    cpu 1  enter  step 236 target 153 cpuhp_kick_ap_work"},
                    Change{"Install", kBoot, "state: 236 step:  59 ret: 0",
                           "state: 235 step:  59 ret: 0", "step 59 state 235"},
                    Change{"Function", kFunctions, "smpcfd_dying_cpu <-", "rcutree_dying_cpu <-",
                           "- migration/1         call   rcutree_dying_cpu"},
                    Change{"File", kFiles, "cpu3 online=1", "cpu3 online=0",
                           "cpu3/online: recorded \"0\", simulated \"1\""}),
    [](const testing::TestParamInfo<Change>& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace cpuhp
