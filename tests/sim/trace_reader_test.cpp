#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/trace/ftrace_reader.hpp"
#include "sim/trace/text_file.hpp"
#include "tests/file_text.hpp"
#include "tests/sim/test_folder.hpp"

namespace cpuhp {
namespace {

constexpr std::string_view kPrefix = "         cpuhp/1-19      [001] .....     6.913657: ";

Ftrace parse(std::string text) { return parse_ftrace(text, "trace.txt"); }

std::string error_of(const std::string& text) {
  try {
    require_complete(parse(text));
  } catch (const BadInput& e) {
    return e.what();
  }
  return "";
}

struct LineCase {
  const char* what;
  const char* line;
  const char* comm;
  int pid;
  Event event;  ///< without its name
  const char* name;
};

void PrintTo(const LineCase& c, std::ostream* out) { *out << c.line; }

class ReadsLine : public testing::TestWithParam<LineCase> {};

TEST_P(ReadsLine, AsTheKernelPrintedIt) {
  const LineCase& c = GetParam();
  const Ftrace t = parse(std::string(c.line) + "\n");
  ASSERT_EQ(t.stream.events.size(), 1u);
  Event e = t.stream.events[0];
  EXPECT_EQ(t.stream.names[e.name], c.name);
  e.name = 0;
  EXPECT_EQ(e, c.event);
  EXPECT_EQ(t.stream.names[t.sources[0].comm], c.comm);
  EXPECT_EQ(t.sources[0].pid, c.pid);
  EXPECT_EQ(t.sources[0].line, 1u);
}

Event enter(std::int64_t ns, CpuId cpu, CpuId on, int step, int target, Role role) {
  return {.time = Ns{ns},
          .cpu = cpu,
          .on = on,
          .step = static_cast<std::int16_t>(step),
          .value = static_cast<std::int16_t>(target),
          .kind = EventKind::Enter,
          .role = role};
}

Event left(std::int64_t ns, CpuId cpu, CpuId on, int step, int state, int ret, Role role) {
  Event e = enter(ns, cpu, on, step, state, role);
  e.kind = EventKind::Exit;
  e.ret = ret;
  return e;
}

Event multi(Event e) {
  e.kind = EventKind::MultiEnter;
  return e;
}

INSTANTIATE_TEST_SUITE_P(
    Formats, ReadsLine,
    testing::Values(
        LineCase{
            "enter",
            "         cpuhp/1-19      [001] .....     6.913657: cpuhp_enter: cpu: 0001 target: "
            "153 step: 235 (sched_cpu_deactivate)",
            "cpuhp/1", 19, enter(6'913'657'000, 1, 1, 235, 153, Role::CpuhpThread),
            "sched_cpu_deactivate"},
        LineCase{
            "exit",
            "     kworker/0:2-41      [000] .N...     7.043678: cpuhp_exit:  cpu: 0001  state:  "
            "92 step: 153 ret: -16",
            "kworker/0:2", 41, left(7'043'678'000, 1, 0, 153, 92, -16, Role::Worker), ""},
        LineCase{"module",
                 "         cpuhp/1-19      [001] .....     9.497401: cpuhp_multi_enter: cpu: 0001 "
                 "target: 153 step: 210 (virtnet_cpu_down_prep [virtio_net])",
                 "cpuhp/1", 19, multi(enter(9'497'401'000, 1, 1, 210, 153, Role::CpuhpThread)),
                 "virtnet_cpu_down_prep [virtio_net]"},
        LineCase{
            "counter",
            "           <...>-1       [000] .....            9: cpuhp_enter: cpu: 0001 target:  85 "
            "step:   1 (smpboot_create_threads)",
            "swapper/0", 1, enter(9, 1, 0, 1, 85, Role::Control), "smpboot_create_threads"},
        LineCase{
            "unnamed",
            "           <...>-19      [001] .....     2.857222: cpuhp_exit:  cpu: 0001  state: 236 "
            "step: 208 ret: 0",
            "<...>", 19, left(2'857'222'000, 1, 1, 208, 236, 0, Role::CpuhpThread), ""},
        LineCase{
            "idle",
            "          <idle>-0       [000] ...1.     0.476722: cpuhp_enter: cpu: 0000 target:   0 "
            "step: 201 (page_writeback_cpu_online)",
            "<idle>", 0, enter(476'722'000, 0, 0, 201, 0, Role::Idle), "page_writeback_cpu_online"},
        LineCase{"nanoseconds_no_flags",
                 "sh-2000 [12] 1.000000001: cpuhp_exit: cpu: 0012 state: 5 step: 5 ret: 0", "sh",
                 2000, left(1'000'000'001, 12, 12, 5, 5, 0, Role::Control), ""},
        LineCase{"record_tgid",
                 "  my task-x-77      (     42) [003] .....     1.500000: cpuhp_exit:  cpu: 0004  "
                 "state:   1 step:   1 ret: 0",
                 "my task-x", 77, left(1'500'000'000, 4, 3, 1, 1, 0, Role::Control), ""},
        LineCase{
            "stopper",
            "     migration/3-30      [003] d..1.    33.184588: cpuhp_enter: cpu: 0003 target:   0 "
            "step:  95 (rcutree_dying_cpu)",
            "migration/3", 30, enter(33'184'588'000, 3, 3, 95, 0, Role::Stopper),
            "rcutree_dying_cpu"}),
    [](const auto& c) { return std::string(c.param.what); });

struct BadLine {
  const char* what;
  const char* line;
  const char* error;
};

void PrintTo(const BadLine& c, std::ostream* out) { *out << c.line; }

class RefusesLine : public testing::TestWithParam<BadLine> {};

TEST_P(RefusesLine, WithFileLineAndColumn) {
  EXPECT_EQ(
      error_of(std::string("# tracer: nop\n") + std::string(kPrefix) + GetParam().line + "\n"),
      GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RefusesLine,
    testing::Values(BadLine{"symbol_cut", "cpuhp_enter: cpu: 0001 target: 153 step: 235 (sched_cpu",
                            "trace.txt:2:98: expected \"(FUNCTION)\" here"},
                    BadLine{"field_cut", "cpuhp_enter: cpu: 0001 target: 153 st",
                            "trace.txt:2:87: expected \"step: NUMBER\" here"},
                    BadLine{"cpu_no_number", "cpuhp_enter: cpu: x target: 153 step: 235 (f)",
                            "trace.txt:2:70: expected \"cpu: NUMBER\" here"},
                    BadLine{"ret_missing", "cpuhp_exit:  cpu: 0001  state: 236 step: 235 ret:",
                            "trace.txt:2:101: expected \"ret: NUMBER\" here"},
                    BadLine{"rest_of_line", "cpuhp_exit:  cpu: 0001  state: 236 step: 235 ret: 0 x",
                            "trace.txt:2:104: expected the end of the line here"},
                    BadLine{"cpu_out_of_range",
                            "cpuhp_exit:  cpu: 70000  state: 236 step: 235 ret: 0",
                            "trace.txt:2:70: 70000 is out of range, expected 0 to 65535"},
                    BadLine{"step_out_of_range",
                            "cpuhp_exit:  cpu: 0001  state: 236 step: 99999 ret: 0",
                            "trace.txt:2:93: 99999 is out of range, expected 0 to 32767"}),
    [](const auto& c) { return std::string(c.param.what); });

TEST(FtraceReader, RefusesALineWithoutATask) {
  EXPECT_EQ(error_of("cpuhp_exit:  cpu: 0001  state: 1 step: 1 ret: 0\n"),
            "trace.txt:1:1: expected \"TASK-PID [CPU] ... TIMESTAMP:\" here");
  EXPECT_EQ(error_of("nodash [001] ..... 1.5: cpuhp_exit:  cpu: 0001  state: 1 step: 1 ret: 0\n"),
            "trace.txt:1:1: expected \"TASK-PID\" here");
}

TEST(FtraceReader, RefusesATraceCutInTheMiddleOfALine) {
  const std::string whole =
      std::string(kPrefix) + "cpuhp_exit:  cpu: 0001  state: 1 step: 1 ret: 0";
  EXPECT_EQ(error_of(whole), "trace.txt:1:99: the file ends in the middle of a line");
  EXPECT_EQ(error_of(whole.substr(0, 60)), "trace.txt:1:61: the file ends in the middle of a line");
}

TEST(FtraceReader, RefusesHalfOfAPair) {
  const std::string in =
      std::string(kPrefix) + "cpuhp_enter: cpu: 0001 target: 153 step:   7 (f)\n";
  const std::string out =
      std::string(kPrefix) + "cpuhp_exit:  cpu: 0001  state:   6 step:   7 ret: 0\n";
  EXPECT_EQ(error_of(in + out), "");
  EXPECT_EQ(error_of(in + out + in),
            "trace.txt:3:1: step 7 of CPU 1 is entered here, but the trace does not show its exit: "
            "the end of the trace is missing");
  EXPECT_EQ(error_of(out + in + out),
            "trace.txt:1:1: step 7 of CPU 1 exits here, but the trace does not show its enter: the "
            "beginning of the trace is missing");
}

TEST(FtraceReader, RefusesLostEvents) {
  EXPECT_EQ(error_of("CPU:1 [LOST 12 EVENTS]\n"),
            "trace.txt:1: the kernel lost events here: CPU:1 [LOST 12 EVENTS]");
  EXPECT_EQ(error_of("# tracer: nop\n# entries-in-buffer/entries-written: 10/12   #P:4\n"),
            "trace.txt:2: the kernel's ring buffer overflowed: 2 entries are missing (record again "
            "with a larger trace_buf_size)");
}

TEST(FtraceReader, RefusesTimesAmongCounts) {
  EXPECT_EQ(error_of("a-1 [0] ..... 1: cpuhp_exit:  cpu: 0 state: 1 step: 1 ret: 0\n"
                     "a-1 [0] ..... 1.5: cpuhp_exit:  cpu: 0 state: 1 step: 1 ret: 0\n"),
            "trace.txt:2:63: expected one trace_clock in the whole trace: some time stamps are in "
            "seconds, others are counter values");
}

TEST(FtraceReader, CountsInstancesWithinOneWalk) {
  std::string text;
  for (const int step : {9, 9, 9, 8, 9}) {
    const std::string s = std::to_string(step);
    text += std::string(kPrefix) + "cpuhp_multi_enter: cpu: 0001 target: 0 step: " + s + " (f)\n";
    text += std::string(kPrefix) + "cpuhp_exit: cpu: 0001 state: 1 step: " + s + " ret: 0\n";
  }
  std::vector<int> instances;
  for (const Event& e : parse(text).stream.events)
    if (e.kind == EventKind::MultiEnter) instances.push_back(e.instance);
  EXPECT_THAT(instances, testing::ElementsAre(0, 1, 2, 0, 0));
}

TEST(FtraceReader, ReadsFunctionTracerLines) {
  const Ftrace t = parse(
      "          <idle>-0       [001] d..1.    33.260162: sched_cpu_starting "
      "<-cpuhp_invoke_callback\n");
  ASSERT_EQ(t.functions.size(), 1u);
  EXPECT_EQ(t.functions[0].function, "sched_cpu_starting");
  EXPECT_EQ(t.functions[0].caller, "cpuhp_invoke_callback");
  EXPECT_EQ(t.functions[0].role, Role::ApBoot);
  EXPECT_EQ(t.functions[0].time, Ns{33'260'162'000});
}

TEST(FtraceReader, PassesOverOtherEvents) {
  EXPECT_TRUE(parse("sh-1 [000] ..... 1.0: sched_switch: prev_comm=a prev_pid=1 [120]\n\n# x\n")
                  .stream.events.empty());
}

TEST(TextFile, SaysWhatIsWrong) {
  const auto error = [](const std::string& path) -> std::string {
    try {
      read_text(path);
    } catch (const BadInput& e) {
      return e.what();
    }
    return "";
  };
  const TestFolder folder;
  const std::string none = folder.path("no-such-file");
  EXPECT_EQ(error(none), none + ": the file does not exist");
  EXPECT_EQ(error(CPUHP_SOURCE_DIR "/sim"),
            CPUHP_SOURCE_DIR "/sim: is a directory, expected a file");
  // A gzip file without its last third.
  const std::string all =
      file_text(CPUHP_SOURCE_DIR "/tests/truth/recordings/x86_64-6.1/A-boot-smp4.txt.gz");
  const std::string cut = folder.write("cut.gz", all.substr(0, all.size() * 2 / 3));
  EXPECT_EQ(error(cut), cut + ": the gzip data is incomplete");
  const std::string binary = folder.write("trace.dat", std::string("\x17\x08\x44tracing\0", 11));
  EXPECT_THAT(error(binary), testing::HasSubstr("is binary, expected text"));
}

}  // namespace
}  // namespace cpuhp
