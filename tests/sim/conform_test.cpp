// The comparison has to see what differs: a recording that is changed in one place is told apart.
#include "sim/conform/conform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "sim/conform/places.hpp"
#include "sim/error.hpp"
#include "sim/report/conform_report.hpp"
#include "sim/scenario/table_file.hpp"
#include "sim/trace/boot_installs.hpp"
#include "sim/trace/text_file.hpp"
#include "tests/sim/cli_program.hpp"
#include "tests/sim/recordings.hpp"

namespace cpuhp {
namespace {

using testing::HasSubstr;

const std::string kTableFolder = CPUHP_SOURCE_DIR "/scenarios/tables/";

std::string recording_text(const std::string& name) { return read_text(kRecordings + name); }

Conformance replay(const std::string& text, const std::string& table = "x86_64-6.1") {
  const Recording r = parse_recording(text, "rec.txt");
  Conformance c = prepare_conformance(r, kTableFolder + table + ".json", "twin.json");
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

struct RecordingChange {
  const char* name;
  const char* recording;
  const char* from;
  const char* to;
  const char* shown;  ///< in the report
};

void PrintTo(const RecordingChange& c, std::ostream* out) { *out << c.from << " -> " << c.to; }

class ChangedRecording : public testing::TestWithParam<RecordingChange> {};

constexpr const char* kCycle = "x86_64-6.1/C-offline-online-cpu1-smp4.txt.gz";
constexpr const char* kBootTrace = "x86_64-6.1/A-boot-smp4-counter.txt.gz";
constexpr const char* kFunctions = "x86_64-6.1/X-functrace-smp4.txt.gz";
constexpr const char* kFiles = "x86_64-6.1/B-cpusysfs-smp8-s2c2t2.txt.gz";

TEST_P(ChangedRecording, IsToldApart) {
  const RecordingChange& c = GetParam();
  const std::string text = recording_text(c.recording);
  EXPECT_TRUE(replay(text).ok()) << conform_text(replay(text), {});
  const Conformance after = replay(changed(text, c.from, c.to));
  EXPECT_EQ(after.identical(), after.operations() - 1) << conform_text(after, {});
  EXPECT_THAT(conform_text(after, {}), HasSubstr(c.shown));
}

INSTANTIATE_TEST_SUITE_P(
    Changes, ChangedRecording,
    testing::Values(
        RecordingChange{"Errno", kCycle, "value=0 ret=2 errno=0 name=OK",
                        "value=0 ret=-1 errno=16 name=EBUSY",
                        "write \"0\" to cpu1/online: recorded errno 16, simulated success"},
        RecordingChange{"State", kCycle, "online=0 state=0", "online=0 state=1",
                        "cpu1/hotplug/state: recorded \"1\", simulated \"0\""},
        RecordingChange{"Mask", kCycle, "online_mask=0,2-3", "online_mask=0,2",
                        "online: recorded \"0,2\", simulated \"0,2-3\""},
        RecordingChange{"Symbol", kCycle, "(sched_cpu_deactivate)", "(sched_cpu_activate)",
                        "- cpuhp/1      cpu 1  enter  step 235 target 153 sched_cpu_activate"},
        RecordingChange{"ExitState", kCycle, "state: 234 step: 235 ret: 0",
                        "state: 235 step: 235 ret: 0",
                        "- cpuhp/1      cpu 1  exit   step 235 state 235 ret 0"},
        RecordingChange{"Target", kCycle, "target: 153 step: 202", "target:   0 step: 202",
                        "- cpuhp/1      cpu 1  enter  step 202 target 0"},
        RecordingChange{"DrivingCpu", kCycle, "[000]", "[002]",
                        "- kworker/2    cpu 1  enter  step 236 target 153 cpuhp_kick_ap_work"},
        RecordingChange{"Install", kBootTrace, "state: 236 step:  59 ret: 0",
                        "state: 235 step:  59 ret: 0", "step 59 state 235"},
        RecordingChange{"Function", kFunctions, "smpcfd_dying_cpu <-", "rcutree_dying_cpu <-",
                        "- migration/1         call   rcutree_dying_cpu"},
        RecordingChange{"File", kFiles, "cpu3 online=1", "cpu3 online=0",
                        "cpu3/online: recorded \"0\", simulated \"1\""}),
    [](const testing::TestParamInfo<RecordingChange>& tested) {
      return std::string(tested.param.name);
    });

TEST(Conform, ARecordingWithNothingToCompareIsAnError) {
  const std::string head =
      "#MACHINE arch=x86_64 possible=0-1 present=0-1 online=0-1 topology=0:0.0.0,1:0.1.0 "
      "state_control=n cpu0_online_file=n smt_control=notsupported cmdline=\"quiet\"\n";
  const auto error = [](const std::string& text) {
    try {
      replay(text);
    } catch (const BadInput& bad) {
      return std::string(bad.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(error(head + "# section: empty\n"),
            "rec.txt: the recording has no operations, no trace and no file contents, so there is "
            "nothing to compare");
  EXPECT_EQ(error("# section: C\n"),
            "rec.txt: the recording has no #MACHINE line, which `cpuhp-sim conform` needs: record "
            "again with scripts/record-cpuhp");
}

TEST(Conform, AnotherKernelsTableIsRefused) {
  try {
    replay(recording_text("x86_64-6.12/C-offline-online-cpu1-smp4.txt.gz"), "x86_64-6.1");
    ADD_FAILURE() << "no error";
  } catch (const BadInput& bad) {
    EXPECT_STREQ(
        bad.what(),
        "rec.txt:46:1: the number of state \"cpu:bringup\" is 86 here, but 91 in the table "
        "\"x86_64-6.1\" of kernel 6.1.192: the table belongs to another kernel");
  }
}

std::string conform_error(const std::string& text, const std::string& table) {
  try {
    const Recording r = parse_recording(text, "rec.txt");
    prepare_conformance(r, kTableFolder + table + ".json", "twin.json");
  } catch (const BadInput& bad) {
    return bad.what();
  }
  return "no error";
}

TEST(Conform, ATableWithoutTheKernelsOwnStateIsRefused) {
  EXPECT_EQ(
      conform_error(recording_text("x86_64-6.12/C-offline-online-cpu1-smp4.txt.gz"), "arm64-6.12"),
      "rec.txt:45:1: the number of state \"cpu:kick_ap\" is 85 here, but missing in the table "
      "\"arm64-6.12\" of kernel 6.12.117: the table belongs to another kernel");
  EXPECT_EQ(conform_error(recording_text("arm64-6.12/B-states-smp4.txt.gz"), "x86_64-6.12"),
            "rec.txt: the number of state \"cpu:kick_ap\" is missing here, but 85 in the table "
            "\"x86_64-6.12\" of kernel 6.12.117: the table belongs to another kernel");
}

/// What is wrong with a scenario that was made here is nobody's to look up.
TEST(Conform, NoErrorNamesAFileThatWasMadeHere) {
  const std::string twice = changed(
      recording_text(kCycle), "#STATE 199: ", "#STATE 203: drv:x\n#STATE 204: drv:x\n#STATE 199: ");
  const std::string error = conform_error(twice, "x86_64-6.1");
  EXPECT_THAT(error, HasSubstr("rec.txt: this recording and the table"));
  EXPECT_THAT(error, HasSubstr("do not match: "));
  EXPECT_THAT(error, Not(HasSubstr("twin.json")));
}

TEST(Conform, AHungGuestBeginsAnew) {
  const Conformance c =
      replay(recording_text("x86_64-6.1-statecontrol/D-target-from-online-smp4.txt.gz"),
             "x86_64-6.1-statecontrol");
  EXPECT_TRUE(c.ok()) << conform_text(c, {});
  EXPECT_EQ(c.replays.size(), 7u);
  std::size_t panics = 0, hangs = 0;
  for (const Replay& replay : c.replays) {
    panics += replay.twin.units.back().end == TwinEnd::Panic ? 1 : 0;
    hangs += replay.twin.units.back().end == TwinEnd::Hang ? 1 : 0;
  }
  EXPECT_EQ(panics, 5u);
  EXPECT_EQ(hangs, 1u);
}

/// What the recording's guest survived has to be survived, and the other way round.
TEST(Conform, APanicThatWasNotRecordedDiffers) {
  const std::string text =
      recording_text("x86_64-6.1-statecontrol/D-target-from-online-smp4.txt.gz");
  const Conformance c = replay(changed(text, "#CRASH status=GUEST-DIED", "#CRASH status=STALLED"),
                               "x86_64-6.1-statecontrol");
  EXPECT_EQ(c.identical(), c.operations() - 1);
  EXPECT_THAT(conform_text(c, {}), HasSubstr("end: recorded a hang, simulated a panic"));
}

TEST(Conform, TheWrittenScenarioRunsToTheSameDigest) {
  const Program p;
  const std::string recording = CPUHP_SOURCE_DIR "/tests/truth/recordings/" + std::string(kCycle);
  const Called c = p.call("conform " + recording +
                          " --table scenarios/tables/x86_64-6.1.json --scenario-out twin.json "
                          "--format json");
  EXPECT_EQ(c.code, 0) << c.err;
  const Called run = p.call("run twin.json --format json");
  EXPECT_EQ(run.code, 0) << run.err;
  const auto digest = [](const std::string& json) {
    const std::size_t at = json.find("\"digest\": \"");
    return at == std::string::npos ? std::string() : json.substr(at + 11, 16);
  };
  EXPECT_EQ(digest(c.out), digest(run.out));
  EXPECT_EQ(digest(c.out).size(), 16u);
}

/// Two interrupt controllers share a number: a machine with the other one has another name there.
TEST(Conform, AStateOfThatNumberMayHaveAnotherName) {
  const Conformance c =
      replay(changed(recording_text("arm64-6.1/A-session-smp4-counter.txt.gz"),
                     "97: irqchip/arm/gic:starting", "97: irqchip/arm/gicv3:starting"),
             "arm64-6.1");
  EXPECT_TRUE(c.ok()) << conform_text(c, {});
}

TEST(Conform, DifferencesAreAFinding) {
  const Program p;
  std::ofstream(p.folder() / "rec.txt")
      << changed(recording_text(kCycle), "online_mask=0,2-3", "online_mask=0,2");
  const Called c = p.call("conform rec.txt --table scenarios/tables/x86_64-6.1.json");
  EXPECT_EQ(c.code, 1);
  EXPECT_THAT(c.out, HasSubstr("rec.txt: 6 operations, 5 identical"));
}

/// The stamps of a boot's CPUs may be at odds: installations are found all the same.
TEST(BootInstalls, DoNotDependOnTheOrderBetweenTasks) {
  const TableFile table = load_table(kTableFolder + "x86_64-6.1.json");
  const auto installs = [&](const char* name) {
    const Recording r = read_recording(kRecordings + name);
    return boot_installs(*r.sections[0].trace, table.table, 0);
  };
  const BootInstalls exact = installs("x86_64-6.1/A-boot-smp8-counter.txt.gz");
  const BootInstalls skewed = installs("x86_64-6.1/A-boot-smp8.txt.gz");
  const auto states = [](const std::vector<RecordedInstall>& all) {
    std::vector<StateId> ids;
    for (const RecordedInstall& i : all) ids.push_back(i.state);
    return ids;
  };
  EXPECT_THAT(states(exact.before), testing::ElementsAre(201));
  EXPECT_THAT(states(exact.after), testing::ElementsAre(206, 59, 200, 208));
  EXPECT_EQ(states(skewed.before), states(exact.before));
  EXPECT_EQ(states(skewed.after), states(exact.after));
  EXPECT_EQ(skewed.absent, exact.absent);
  EXPECT_EQ(exact.instances, (std::map<StateId, std::uint16_t>{{62, 3}}));
}

// As on arm64, whose drivers set STARTING states up late: no walk shows them, before or after.
TEST(BootInstalls, StartingStatesThatAreSetUpLateWereNotThereBefore) {
  const Ftrace trace = parse_ftrace(
      "swapper/0-1  [000] ..... 1: cpuhp_enter: cpu: 0000 target:   0 step: 142 (early)\n"
      "swapper/0-1  [000] ..... 2: cpuhp_exit:  cpu: 0000  state: 236 step: 142 ret: 0\n"
      "swapper/0-1  [000] ..... 3: cpuhp_enter: cpu: 0001 target: 236 step:  91 (bringup_cpu)\n"
      "  cpuhp/1-18 [001] ..... 4: cpuhp_enter: cpu: 0001 target: 236 step: 235 (activate)\n"
      "  cpuhp/1-18 [001] ..... 5: cpuhp_exit:  cpu: 0001  state: 235 step: 235 ret: 0\n"
      "swapper/0-1  [000] ..... 6: cpuhp_exit:  cpu: 0001  state: 236 step:  91 ret: 0\n"
      "  cpuhp/0-17 [000] d.... 7: cpuhp_enter: cpu: 0000 target:   0 step: 116 (late)\n"
      "  cpuhp/0-17 [000] d.... 8: cpuhp_exit:  cpu: 0000  state: 236 step: 116 ret: 0\n"
      "  cpuhp/1-18 [001] d.... 9: cpuhp_enter: cpu: 0001 target: 236 step: 116 (late)\n"
      "  cpuhp/1-18 [001] d.... 10: cpuhp_exit:  cpu: 0001  state: 236 step: 116 ret: 0\n"
      "  cpuhp/0-17 [000] ..... 11: cpuhp_enter: cpu: 0000 target:   0 step: 235 (again)\n"
      "  cpuhp/0-17 [000] ..... 12: cpuhp_exit:  cpu: 0000  state: 236 step: 235 ret: 0\n",
      "trace.txt");
  const StateTable table = load_table(kTableFolder + "x86_64-6.1.json").table;
  const BootInstalls b = boot_installs(trace, table, 0);
  EXPECT_TRUE(b.brings_up);
  EXPECT_THAT(b.before, testing::ElementsAre(testing::Field(&RecordedInstall::state, 142)));
  EXPECT_THAT(b.after, testing::ElementsAre(testing::Field(&RecordedInstall::state, 116),
                                            testing::Field(&RecordedInstall::state, 235)));
  EXPECT_TRUE(b.absent.contains(116));
  EXPECT_FALSE(b.absent.contains(235)) << "a walk ran it before";
}

// --- places of CPUs that the recording does not name

/// A recording of eight CPUs, with that topology, SMT control, and lines.
Recording of_eight(const std::string& topology, const std::string& smt,
                   const std::string& lines = {}) {
  return parse_recording("#MACHINE arch=x86_64 possible=0-7 present=0-7 online=0,2 topology=" +
                             topology + " state_control=n cpu0_online_file=n smt_control=" + smt +
                             " cmdline=\"quiet\"\n" + "# section: ops\n" + lines,
                         "rec.txt");
}

std::string write_of(const std::string& path, const std::string& value, int error,
                     const std::string& name) {
  return "#OP W cpu=1\n#W path=" + path + " value=" + value +
         " ret=-1 errno=" + std::to_string(error) + " name=" + name +
         " at=write us=1\n#T begin\n#T end lines=0\n#END\n";
}

/// "PACKAGE.CORE.THREAD" of CPUs 0 to 7.
std::string places_text(const Recording& r) {
  std::string text;
  for (const auto& [cpu, p] : places_of(r))
    text += (text.empty() ? "" : " ") + std::to_string(p.socket) + "." + std::to_string(p.core) +
            "." + std::to_string(p.thread);
  return text;
}

TEST(Places, SiblingsThatAreOffGoBesideThoseThatAreOn) {
  // nosmt: the gaps between the CPUs that are on are their siblings.
  EXPECT_EQ(places_text(of_eight("0:0.0.0,2:0.1.0,4:1.0.0,6:1.1.0", "off")),
            "0.0.0 0.0.1 0.1.0 0.1.1 1.0.0 1.0.1 1.1.0 1.1.1");
  // All first threads have the lower numbers.
  EXPECT_EQ(places_text(of_eight("0:0.0.0,1:0.1.0,2:1.0.0,3:1.1.0", "forceoff")),
            "0.0.0 0.1.0 1.0.0 1.1.0 0.0.1 0.1.1 1.0.1 1.1.1");
  // One sibling is known.
  EXPECT_EQ(places_text(of_eight("0:0.0.0,1:0.1.0,4:0.0.1", "on")),
            "0.0.0 0.1.0 0.2.0 0.3.0 0.0.1 0.1.1 0.2.1 0.3.1");
}

TEST(Places, WithoutSmtEachHasACoreOfItsOwn) {
  EXPECT_EQ(places_text(of_eight("0:0.0.0,2:0.1.0", "notsupported")),
            "0.0.0 0.2.0 0.1.0 0.3.0 0.4.0 0.5.0 0.6.0 0.7.0");
}

TEST(Places, WhatAWriteGaveBackTellsSiblings) {
  EXPECT_EQ(places_text(of_eight("0:0.0.0", "off", write_of("cpu1/online", "1", 125, "ECANCELED"))),
            "0.0.0 0.0.1 0.1.0 0.1.1 0.2.0 0.2.1 0.3.0 0.3.1");
  EXPECT_EQ(places_text(of_eight("0:0.0.0", "off", write_of("cpu1/online", "1", 0, "OK"))),
            "0.0.0 0.1.0 0.2.0 0.3.0 0.0.1 0.1.1 0.2.1 0.3.1");
  EXPECT_EQ(
      places_text(of_eight("0:0.0.0", "off", write_of("cpu1/hotplug/target", "236", 1, "EPERM"))),
      "0.0.0 0.0.1 0.1.0 0.1.1 0.2.0 0.2.1 0.3.0 0.3.1");
}

TEST(Places, OfManyCpusAreFoundAtOnce) {
  const std::string machine =
      "#MACHINE arch=x86_64 possible=0-65535 present=0-65535 online=0 topology= state_control=n "
      "cpu0_online_file=n smt_control=notsupported cmdline=\"\"\n";
  EXPECT_EQ(places_of(parse_recording(machine, "rec.txt")).at(65'535).core, 65'535u);
  // The sizes of these multiply to more than any machine has.
  const std::string qemu =
      "# qemu command: qemu -smp 65536,sockets=65536,cores=65536,threads=65536\n";
  EXPECT_EQ(places_of(parse_recording(qemu + machine, "rec.txt")).at(65'535).thread, 65'535u);
  EXPECT_THROW(parse_recording("#MACHINE arch=x86_64 possible= present= online=\n", "rec.txt"),
               BadInput);
}

TEST(Conform, WhatIsNoUtf8CannotBeReplayed) {
  const std::string text = recording_text(kCycle);
  EXPECT_THROW(replay(changed(text, "value=0 ret", "value=\xff ret")), BadInput);
}

TEST(Places, ThatNothingTellsAreAsked) {
  const auto error = [](const Recording& r) {
    try {
      places_of(r);
    } catch (const BadInput& bad) {
      return std::string(bad.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(error(of_eight("0:0.0.0,2:0.1.0", "off")), testing::HasSubstr("CPUs 1,3-7"));
  EXPECT_EQ(error(of_eight("0:0.0.0", "off")),
            "rec.txt: topology= of the #MACHINE line does not contain CPUs 1-7, and the recording "
            "does not show which of these CPUs are siblings: add CPU:PACKAGE.CORE.THREAD,... to "
            "topology=, or record again with record-cpuhp --topology");
  // SMT is on, and nobody switches it off: it makes no difference.
  EXPECT_EQ(error(of_eight("0:0.0.0", "on")), "none");
  EXPECT_NE(error(of_eight("0:0.0.0", "on", write_of("smt/control", "off", 0, "OK"))), "none");
}

}  // namespace
}  // namespace cpuhp
