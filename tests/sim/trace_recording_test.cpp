#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "sim/error.hpp"
#include "sim/trace/recording.hpp"
#include "tests/sim/recordings.hpp"

namespace cpuhp {
namespace {

TEST(Recording, ReadsEveryFile) {
  std::size_t files = 0, operations = 0, events = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRecordings)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".txt.gz")) continue;
    const Recording r = read_recording(entry.path().string());
    ++files;
    operations += r.operations().size();
    EXPECT_TRUE(r.machine) << name;
    EXPECT_TRUE(r.emulated()) << name;
    EXPECT_GT(r.states.size(), 50u) << name;
    EXPECT_FALSE(r.kernel().empty()) << name;
    for (const Ftrace* t : r.traces()) {
      require_complete(*t);
      events += t->stream.events.size();
    }
  }
  EXPECT_EQ(files, 138u);
  EXPECT_EQ(operations, 8076u);
  EXPECT_EQ(events, 162384u);
}

TEST(Recording, ReadsOneOperation) {
  const Recording r = read_recording(kRecordings + "x86_64-6.1/C-offline-online-cpu1-smp4.txt.gz");
  EXPECT_EQ(r.kernel(), "6.1.192");
  EXPECT_THAT(r.machine->possible, testing::ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(r.machine->topology.at(2), (CpuPlace{.core = 2}));
  EXPECT_FALSE(r.machine->state_control);
  EXPECT_THAT(r.machine->cmdline, testing::HasSubstr("tsc=reliable"));
  ASSERT_EQ(r.operations().size(), 6u);
  const RecordedOperation& op = *r.operations()[0];
  EXPECT_EQ(op.id, "C1-offline");
  EXPECT_EQ(op.cpu, 1u);
  ASSERT_EQ(op.writes.size(), 1u);
  EXPECT_EQ(op.writes[0].path, "cpu1/online");
  EXPECT_EQ(op.writes[0].value, "0");
  EXPECT_EQ(op.writes[0].us, 162164);
  ASSERT_EQ(op.reads.size(), 1u);
  EXPECT_EQ(op.reads[0].online_mask, "0,2-3");
  ASSERT_EQ(op.kernel.size(), 1u);
  EXPECT_EQ(op.kernel[0].text, "smpboot: CPU 1 is now offline");
  EXPECT_EQ(op.kernel[0].time, Ns{7'043'462'000});
  ASSERT_TRUE(op.trace);
  EXPECT_EQ(op.trace->stream.events.size(), 70u);
}

TEST(Recording, KeepsCrashesAndWritesThatNeverReturned) {
  const Recording r =
      read_recording(kRecordings + "x86_64-6.1-statecontrol/D-target-from-online-smp4.txt.gz");
  ASSERT_EQ(r.sections.size(), 1u);
  EXPECT_TRUE(r.sections[0].incomplete);
  std::map<std::string, std::string> crashed;
  for (const RecordedOperation* op : r.operations()) {
    EXPECT_EQ(op->crash.empty(), op->writes.empty() || op->writes.back().returned()) << op->id;
    if (!op->crash.empty()) crashed[op->id] = op->crash;
  }
  EXPECT_THAT(crashed,
              testing::UnorderedElementsAre(testing::Pair("D-92-to-online", "STALLED"),
                                            testing::Pair("D-online-to-94", "GUEST-DIED"),
                                            testing::Pair("D-online-to-95", "GUEST-DIED"),
                                            testing::Pair("D-online-to-148", "GUEST-DIED"),
                                            testing::Pair("D-online-to-149", "GUEST-DIED"),
                                            testing::Pair("D-online-to-152", "GUEST-DIED")));
}

TEST(Recording, KeepsOddValuesAsTheyWere) {
  std::vector<std::string> values;
  const Recording r = read_recording(kRecordings + "x86_64-6.1/D-parsing-smp2.txt.gz");
  for (const RecordedOperation* op : r.operations())
    for (const RecordedWrite& w : op->writes) values.push_back(w.value);
  EXPECT_THAT(values, testing::IsSupersetOf({"235 ", " 235", "0\t", "-1 ", "+1"}));
}

TEST(Recording, ReadsMasksRestoresOmittedTracesAndValues) {
  const Recording masks =
      read_recording(kRecordings + "x86_64-6.1/B-cpusysfs-smp8-s2c2t2-nosmt.txt.gz");
  const RecordedSection& s = *std::ranges::find(masks.sections, "cpusysfs", &RecordedSection::name);
  EXPECT_EQ(s.values.at("online"), "0,2,4,6");
  EXPECT_EQ(s.values.at("smt/control"), "off");
  EXPECT_EQ(s.cpus.at(6).values.at("pkg"), "1");

  const Recording faults = read_recording(kRecordings + "x86_64-6.1/E-fail-offline-smp4.txt.gz");
  const auto ops = faults.operations();
  EXPECT_EQ(ops[0]->omitted_lines, 70u);
  EXPECT_TRUE(ops[1]->restore);
  EXPECT_EQ(ops[1]->id, "online");
  EXPECT_EQ(ops[1]->writes.size(), 2u);

  const Recording smt = read_recording(kRecordings + "x86_64-6.1/S-smt-control-smp8-s2c2t2.txt.gz");
  EXPECT_EQ(smt.operations()[0]->values.at("control"), "off");
}

TEST(Recording, ResolvesUnnamedTasksByTheirPids) {
  const Recording r = read_recording(kRecordings + "x86_64-6.12/A-boot-smp8-s2c2t2.txt.gz");
  const Ftrace& t = *r.sections[0].trace;
  for (std::size_t i = 0; i < t.sources.size(); ++i) {
    const std::string& comm = t.stream.names[t.sources[i].comm];
    EXPECT_NE(comm, "<...>") << "line " << t.sources[i].line;
    if (comm.starts_with("cpuhp/")) {
      EXPECT_EQ(t.stream.events[i].role, Role::CpuhpThread);
      EXPECT_EQ(comm.substr(6), std::to_string(t.stream.events[i].on));
    }
  }
}

struct BadRecording {
  const char* what;
  const char* text;
  const char* error;
};

void PrintTo(const BadRecording& c, std::ostream* out) { *out << testing::PrintToString(c.text); }

class RefusesRecording : public testing::TestWithParam<BadRecording> {};

TEST_P(RefusesRecording, WithFileAndLine) {
  try {
    parse_recording(GetParam().text, "r.txt");
    FAIL() << "was accepted";
  } catch (const BadInput& e) {
    EXPECT_STREQ(e.what(), GetParam().error);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RefusesRecording,
    testing::Values(
        BadRecording{"unknown_tag", "#XYZ a\n", "r.txt:1:1: unknown line #XYZ"},
        BadRecording{"state_no_number", "#STATE x: y\n",
                     "r.txt:1:1: expected \"#STATE NUMBER: NAME\""},
        BadRecording{"pid_no_number", "#PID x\n", "r.txt:1:1: expected \"#PID NUMBER NAME\""},
        BadRecording{"write_outside", "#W path=a value=1 ret=2 errno=0 name=OK at=write\n",
                     "r.txt:1:1: #W is outside of an operation: expected it between #OP and #END"},
        BadRecording{"write_without_value", "#OP a cpu=1\n#W path=a ret=2\n",
                     "r.txt:2:1: expected \"#W path=PATH value=VALUE ret=N ...\""},
        BadRecording{"ret_no_number",
                     "#OP a cpu=1\n#W path=a value=1 ret=x errno=0 name=OK at=write\n",
                     "r.txt:2:1: expected a number after \"ret=\", found \"x\""},
        BadRecording{"cpu_out_of_range", "#OP a cpu=99999\n",
                     "r.txt:1:1: CPU 99999 is out of range, expected 0 to 65535"},
        BadRecording{"operation_in_operation", "#OP a cpu=1\n#OP b cpu=1\n",
                     "r.txt:2:1: expected \"#END\" before the next #OP"},
        BadRecording{"end_alone", "#END\n", "r.txt:1:1: #END without an #OP before it"},
        BadRecording{"trace_open", "#OP a cpu=1\n#T begin\n",
                     "r.txt:2:1: the file ends within a trace: expected \"#T end\""},
        BadRecording{"operation_open", "#OP a cpu=1\n",
                     "r.txt:1:1: the file ends within an operation: expected \"#END\""},
        BadRecording{"trace_short", "#OP a cpu=1\n#T begin\n#T end lines=2\n",
                     "r.txt:3:1: the trace has 0 lines, but its \"#T end\" says 2: lines of the "
                     "recording are missing"},
        BadRecording{"end_in_trace", "#OP a cpu=1\n#T begin\n#END\n",
                     "r.txt:3:1: expected \"#T end\" before #END"},
        BadRecording{"kernel_line", "#OP a cpu=1\n#K hello\n",
                     "r.txt:2:1: expected \"#K <PRIORITY>[SECONDS] TEXT\""},
        BadRecording{"machine_without_arch", "#MACHINE possible=0\n",
                     "r.txt:1:1: expected \"arch=\" in this line"},
        BadRecording{"cpu_list_backwards", "#MACHINE arch=x possible=3-1 present=0 online=0\n",
                     "r.txt:1:1: possible has no valid CPU list: expected a list such as 0-3,8"},
        BadRecording{"topology_short",
                     "#MACHINE arch=x possible=0 present=0 online=0 topology=0:0.0\n",
                     "r.txt:1:1: expected topology=CPU:PACKAGE.CORE.THREAD,..."}),
    [](const auto& c) { return std::string(c.param.what); });

TEST(CpuList, IsReadAsTheKernelWritesIt) {
  EXPECT_THAT(*parse_cpu_list(""), testing::IsEmpty());
  EXPECT_THAT(*parse_cpu_list("0,2-4,9"), testing::ElementsAre(0, 2, 3, 4, 9));
  for (const char* bad : {"a", "1-", "-1", "3-2", "1,,2", "65536", "2,1", "1,1"})
    EXPECT_FALSE(parse_cpu_list(bad)) << bad;
}

}  // namespace
}  // namespace cpuhp
