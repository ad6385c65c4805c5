// ftrace text: the bytes are a kernel's own, and what was written reads back as the same events.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/analysis/check_trace.hpp"
#include "sim/trace/ftrace_reader.hpp"
#include "sim/trace/ftrace_writer.hpp"
#include "sim/trace/text_file.hpp"
#include "tests/sim/many_runs.hpp"
#include "tests/sim/text_events.hpp"

namespace cpuhp {
namespace {

using namespace test;

const std::string kRecordingFolder = CPUHP_SOURCE_DIR "/tests/truth/recordings/";

TEST(TraceText, EveryRunReadsBackAsTheSameEvents) {
  std::size_t events = 0;
  for_each_run([&](const ManyRun& run) {
    const EventStream& stream = run.result.stream;
    const std::vector<TextEvent> written = text_events(stream, 1'000);
    events += written.size();
    const Ftrace back = parse_ftrace(
        format_ftrace(stream, {.look = ftrace_look(run.config.table.kernel())}), "t.txt");
    ASSERT_EQ(text_events(back.stream, 1), written);
    const Ftrace exact =
        parse_ftrace(format_ftrace(stream, {.decimals = 9, .atomic_callbacks = true}), "t.txt");
    ASSERT_EQ(text_events(exact.stream, 1, true), text_events(stream, 1, true));
  });
  EXPECT_GT(events, 90'000u);
}

/// `check` reads the text of a run in which all checks find nothing, and finds nothing: of every
/// scenario, and of drawn machines under the symmetric design. The few lines of a drawn machine do
/// not tell `async`, nor a drawn mix of rules. Without a table nothing tells what the notifier
/// design's way back calls.
TEST(TraceText, CheckFindsNothingInTheTextOfASoundRun) {
  std::size_t runs = 0;
  for_each_run([&](const ManyRun& run) {
    const RunResult& r = run.result;
    const bool drivers = !run.config.declared.empty();
    if (!run.scenario && (drivers || run.config.design != Design::Symmetric)) return;
    // Costs are drawn that sleep where nobody may sleep: a trace shows nothing of that.
    const std::vector<Finding> findings = check_all(r.stream, judged_by(run.config, true));
    const bool sound = std::all_of(findings.begin(), findings.end(),
                                   [](const Finding& f) { return f.invariant == "I40"; });
    if (!r.ok() || !sound) return;
    // Steps of drawn machines take single nanoseconds: only exact stamps keep them apart.
    const std::string text = format_ftrace(
        r.stream,
        {.decimals = run.scenario ? 6 : 9, .look = ftrace_look(run.config.table.kernel())});
    if (text.find(" cpuhp_") == std::string::npos) return;
    const LooseTrace trace = parse_loose_trace(text, "t.txt");
    for (const bool table : {false, true}) {
      if (!table && run.config.design == Design::Notifier) continue;
      const TraceReport report =
          check_trace(trace, {.table = table ? &run.config.table : nullptr, .file = "table"});
      EXPECT_EQ(report.unmatched, 0u);
      for (std::size_t i = 0; i < report.findings.size(); ++i)
        ADD_FAILURE() << (table ? "table, " : "") << report.lines[i] << ": "
                      << report.findings[i].text;
    }
    ++runs;
  });
  EXPECT_GT(runs, 100u);
}

/// Reads the text of a run's trace with the table of its machine: `check` has to find nothing.
void expect_sound_trace(const MachineConfig& config, const std::string& design) {
  const RunResult r = test::run(config);
  ASSERT_TRUE(r.ok());
  const LooseTrace trace = parse_loose_trace(format_ftrace(r.stream, {.decimals = 9}), "t.txt");
  const TraceReport report = check_trace(trace, {.table = &config.table, .file = "table"});
  EXPECT_EQ(report.design, design);
  for (const Finding& f : report.findings) ADD_FAILURE() << f.text;
}

/// In the asynchronous design, too, a task sends a CPU on that stays above cpu:teardown. What other
/// CPUs do by themselves shows the design.
TEST(TraceText, CheckKnowsACpuThatIsSentOnInTheAsynchronousDesign) {
  expect_sound_trace(small_machine({op_boot(), op_down(1, kX), op_up(1, kY)}, Design::Async),
                     "async");
}

/// A kworker sets the new state before a teardown, and this control CPU sets it afterwards. The
/// steps of kworkers do not decide for the control CPU, even where they are more.
TEST(TraceText, CheckAsksEachKindOfTaskWhenItSetsTheNewState) {
  expect_sound_trace(
      small_machine({op_boot(), op_down(1, kDead), op_down(2), op_down(3), op_down(1)},
                    Design::Async, Rules::of({5, 10})),
      "async");
}

/// A sibling thread that SMT control refuses boots once and goes down again. Where its callbacks
/// have no teardown, a notifier chain shows only that they are called again.
TEST(TraceText, CheckKnowsThatAChainBeginsAgain) {
  std::vector<State> states = small_table().all();
  std::erase_if(states, [](const State& s) { return s.id >= kA && s.id <= kDead; });
  MachineConfig config = machine({.cores_per_socket = 2, .threads_per_core = 2},
                                 StateTable("small", "test", Rules::of({6, 1}), std::move(states)),
                                 {op_boot(), op_write("smt/control", "on")});
  config.design = Design::Notifier;
  config.nosmt = true;
  expect_sound_trace(config, "notifier");
}

/// A line of a recording, taken apart and put together again.
std::optional<std::string> again(std::string_view line, const FtraceLook& look) {
  FtraceParser parser("line");
  parser.line(line, 1);
  const Ftrace t = parser.take();
  if (t.stream.events.empty()) return std::nullopt;
  const std::size_t column = line.find('[');
  const std::string_view flags = line.substr(line.find(']') + 2, look.migrate_disable ? 5 : 4);
  std::string comm(line.substr(0, line.rfind('-', column)));
  comm.erase(0, comm.find_first_not_of(' '));
  return ftrace_line({comm, static_cast<std::uint32_t>(t.sources[0].pid)}, t.stream.events[0],
                     t.stream.names, flags, {.look = look});
}

/// Without the stamp, which counts events in some recordings.
std::string without_stamp(const std::string& line, bool counter) {
  const std::size_t end = line.find(": cpuhp_"), flags = line.find("] ") + 2;
  return counter ? line.substr(0, flags + 4) + line.substr(end) : line;
}

class RecordedText : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RecordedText, IsWhatTheWriterPrints) {
  const auto [file, kernel] = GetParam();
  const FtraceLook look = ftrace_look(kernel);
  std::string header;
  std::size_t lines = 0;
  for_each_line(read_text(kRecordingFolder + file), [&](std::string_view line, auto, bool) {
    const bool shown = line.starts_with("#T ") || line.starts_with("#K ");
    if (line.starts_with("# tracer: nop")) header.clear();
    if (lines == 0 && line.starts_with('#')) header += std::string(line) + '\n';
    if (shown || line.find(": cpuhp_") == std::string_view::npos) return;
    if (line.find("(cpuhp_") != std::string_view::npos && line.find("<-") != std::string_view::npos)
      return;
    const bool counter = line.substr(0, line.find(": cpuhp_")).find('.', line.find("] ") + 8) ==
                         std::string_view::npos;
    const auto made = again(line, look);
    ASSERT_TRUE(made) << line;
    ASSERT_EQ(without_stamp(*made, counter), without_stamp(std::string(line) + '\n', counter));
    ++lines;
  });
  EXPECT_GT(lines, 150u);
  if (!header.starts_with("# tracer: nop")) return;
  // The two numbers of entries and of CPUs are the recording's.
  const std::string ours = format_ftrace({}, {.look = look});
  const auto legend = [](const std::string& text) { return text.substr(text.find("#P:") + 4); };
  EXPECT_EQ(legend(ours), legend(header));
  EXPECT_TRUE(ours.starts_with("# tracer: nop\n#\n# entries-in-buffer/entries-written: 0/0   #P:"));
}

INSTANTIATE_TEST_SUITE_P(
    , RecordedText,
    testing::Values(std::pair("x86_64-6.1/A-boot-smp4.txt.gz", "6.1.192"),
                    std::pair("x86_64-6.1/E-fail-online-smp4.txt.gz", "6.1.192"),
                    std::pair("x86_64-6.12/A-boot-smp8.txt.gz", "6.12.117"),
                    std::pair("x86_64-6.12/M-multi-smp4.txt.gz", "6.12.117"),
                    std::pair("x86_64-5.10/A-session-smp4-counter.txt.gz", "5.10.223"),
                    std::pair("x86_64-7.3/A-session-smp4-counter.txt.gz", "7.3.4"),
                    std::pair("arm64-6.1/A-session-smp4-counter.txt.gz", "6.1.192"),
                    std::pair("arm64-6.12/F-isolcpus-smp4.txt.gz", "6.12.117")),
    [](const auto& which) {
      std::string name = which.param.first;
      name = name.substr(0, name.find(".txt"));
      std::replace_if(
          name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
      return name;
    });

TEST(TraceText, LooksOfOldKernels) {
  EXPECT_EQ(ftrace_look("4.5"), (FtraceLook{false, false, false}));
  EXPECT_EQ(ftrace_look("5.9.1"), (FtraceLook{false, false, false}));
  EXPECT_EQ(ftrace_look("5.10.223"), (FtraceLook{true, false, false}));
  EXPECT_EQ(ftrace_look("5.15.0"), (FtraceLook{true, true, false}));
  EXPECT_EQ(ftrace_look("5.17"), FtraceLook{});
  EXPECT_EQ(ftrace_look("next"), FtraceLook{});
  const std::string old = format_ftrace({}, {.look = ftrace_look("4.5")});
  EXPECT_NE(old.find("#                              _-----=> irqs-off\n"), std::string::npos);
  EXPECT_NE(old.find("#           TASK-PID   CPU#  ||||    TIMESTAMP  FUNCTION\n"
                     "#              | |       |   ||||       |         |\n"),
            std::string::npos);
  EXPECT_EQ(ftrace_line({"bash", 887},
                        {.time = 11'824'891'592'400_ns,
                         .cpu = 3,
                         .on = 3,
                         .step = 7,
                         .value = 9,
                         .kind = EventKind::Exit},
                        {}, "d...", {.look = ftrace_look("4.5")}),
            "            bash-887   [003] d... 11824.891592: cpuhp_exit:  cpu: 0003  state:   9 "
            "step:   7 ret: 0\n");
}

/// `#P:` counts the CPUs that are online when the file is read.
TEST(TraceText, TheHeaderCountsCpus) {
  EventStream s{.nr_cpus = 4};
  const NameId online = s.names.intern("online");
  for (const CpuId cpu : {0u, 1u, 2u})
    s.events.push_back({.cpu = cpu, .on = 0, .name = online, .kind = EventKind::MaskSet});
  s.events.push_back({.cpu = 2, .on = 0, .name = online, .kind = EventKind::MaskClear});
  EXPECT_NE(format_ftrace(s).find("0/0   #P:2\n"), std::string::npos);
  s.events.clear();
  EXPECT_NE(format_ftrace(s).find("0/0   #P:4\n"), std::string::npos);
}

}  // namespace
}  // namespace cpuhp
