// Recordings of session files: writes that began together, and modules that come and go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "sim/conform/conform.hpp"
#include "sim/error.hpp"
#include "sim/report/conform_report.hpp"
#include "sim/trace/loose_trace.hpp"
#include "sim/trace/text_file.hpp"
#include "tests/sim/cli_program.hpp"
#include "tests/sim/recordings.hpp"

namespace cpuhp {
namespace {

using testing::HasSubstr;

const std::string kTable = CPUHP_SOURCE_DIR "/scenarios/tables/x86_64-6.1.json";
constexpr const char* kCycle = "x86_64-6.1/C-offline-online-cpu1-smp4.txt.gz";

/// Parts of a recording of a real kernel, from which others are put together here.
struct RecordingParts {
  std::string head;                 ///< up to the first section
  std::vector<std::string> traces;  ///< of CPU 1: offline, online, ...
};

RecordingParts parts() {
  const std::string text = read_text(kRecordings + kCycle);
  RecordingParts p{.head = text.substr(0, text.find("# section: ")), .traces = {}};
  const std::string begin = "#T begin\n", end = "#T end";
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    at += begin.size();
    p.traces.push_back(text.substr(at, text.find(end, at) - at));
  }
  return p;
}

std::string traced(const std::string& lines) {
  return "#T begin\n" + lines + "#T end lines=" + std::to_string(std::ranges::count(lines, '\n')) +
         "\n#END\n";
}

std::string write_line(const std::string& file, const std::string& value, bool with = false) {
  return "#W path=cpu1/" + file + " value=" + value + " ret=" + std::to_string(value.size() + 1) +
         " errno=0 name=OK at=write" + (with ? " with=1" : "") + " us=9\n";
}

/// The files of CPU 1, online or offline.
std::string files(bool online, const std::string& fail = "-1") {
  return std::string("#S cpu=1 online=") + (online ? "1" : "0") +
         (online ? " state=236 target=236" : " state=0 target=0") + " fail=" + fail +
         (online ? " online_mask=0-3 offline_mask=\n" : " online_mask=0,2-3 offline_mask=1\n");
}

Conformance replay(const std::string& text) {
  const Recording r = parse_recording(text, "rec.txt");
  Conformance c = prepare_conformance(r, kTable, "twin.json");
  with_bare_simulator([&](Simulator& s) { run_conformance(c, s); });
  return c;
}

std::string section(const std::string& operations) {
  return parts().head + "# section: session s\n" + operations;
}

// --- writes that began together

TEST(Together, TheTraceShowsTheOrder) {
  const RecordingParts p = parts();
  const std::string rest = files(true) + traced(p.traces[0] + p.traces[1]);
  const std::string off = write_line("online", "0"), on = write_line("online", "1");
  const std::string with_off = write_line("online", "0", true),
                    with_on = write_line("online", "1", true);
  for (const std::string& writes : {off + with_on, on + with_off}) {
    const Conformance c = replay(section("#OP s.1 cpu=1\n" + writes + rest));
    EXPECT_TRUE(c.ok()) << conform_text(c, {});
    EXPECT_EQ(c.operations(), 1u);
    EXPECT_FALSE(c.replays[0].reordered);
  }
}

/// Neither write has an event. What `fail` holds at the end tells which was the last one.
TEST(Together, AnOrderIsLookedForWhereTheTraceShowsNone) {
  const auto of = [&](const std::string& left) {
    return section("#OP s.1 cpu=1\n" + write_line("hotplug/fail", "-1") +
                   write_line("hotplug/fail", "197", true) +
                   write_line("hotplug/fail", "200", true) + files(true, left) + traced(""));
  };
  for (const char* left : {"-1", "197", "200"}) {
    const Conformance c = replay(of(left));
    EXPECT_TRUE(c.ok()) << left << '\n' << conform_text(c, {});
    EXPECT_EQ(c.replays[0].reordered, std::string(left) != "200");
  }
  const Conformance none = replay(of("199"));
  EXPECT_EQ(none.identical(), 0u);
  EXPECT_THAT(conform_text(none, {}), HasSubstr("cpu1/hotplug/fail: recorded \"199\""));
}

TEST(Together, AnAnswerThatNoOrderGivesDiffers) {
  const RecordingParts p = parts();
  std::string writes = write_line("online", "0") + write_line("online", "1", true);
  writes.replace(writes.find("ret=2 errno=0 name=OK"), 21, "ret=-1 errno=16 name=EBUSY");
  const Conformance c =
      replay(section("#OP s.1 cpu=1\n" + writes + files(true) + traced(p.traces[0] + p.traces[1])));
  EXPECT_EQ(c.identical(), 0u);
  EXPECT_THAT(conform_text(c, {}), HasSubstr("recorded errno 16, simulated success"));
}

TEST(Together, TheWrittenScenarioHasTheOrderThatWasFound) {
  const Program p;
  std::ofstream(p.folder() / "rec.txt")
      << section("#OP s.1 cpu=1\n" + write_line("hotplug/fail", "-1") +
                 write_line("hotplug/fail", "197", true) + files(true) + traced(""));
  const Called c = p.call("conform rec.txt --table " + kTable + " --scenario-out twin.json");
  EXPECT_EQ(c.code, 0) << c.out << c.err;
  const std::string twin = file_text(p.folder() / "twin.json");
  EXPECT_LT(twin.find("\"value\":\"197\""), twin.find("\"value\":\"-1\""));
}

// --- modules

/// What the callbacks of a registration look like, for CPUs 0 to `last`.
std::string calls(int step, const std::string& symbol, int last, const std::string& event,
                  int error = 0) {
  std::ostringstream text;
  for (int cpu = 0; cpu <= last; ++cpu) {
    const std::string task = "cpuhp/" + std::to_string(cpu) + "-" + std::to_string(cpu + 18) +
                             " [00" + std::to_string(cpu) + "] ..... 1.0: ";
    text << task << event << ": cpu: 000" << cpu << " target: " << (cpu == 0 ? 0 : 236)
         << " step: " << step << " (" << symbol << ")\n"
         << task << "cpuhp_exit: cpu: 000" << cpu << " state: 236 step: " << step
         << " ret: " << (cpu == last ? error : 0) << '\n';
  }
  return text.str();
}

std::string module_line(const std::string& verb, int error = 0) {
  return "#M verb=" + verb + " module=drv ret=" + (error == 0 ? "0" : "-1") +
         " errno=" + std::to_string(error) + " name=" + (error == 0 ? "OK" : "EIO") + " us=9\n";
}

std::string loaded(int number = 210) {
  return "#OP s.1 cpu=0\n" + module_line("load") + "#STATE+ " + std::to_string(number) +
         ": drv:online\n" + traced(calls(number, "drv_up [drv]", 3, "cpuhp_enter"));
}

std::string unloaded() {
  // The module is gone when the trace is read: the kernel knows no name for its functions.
  return "#OP s.2 cpu=0\n" + module_line("unload") + "#STATE- 210: drv:online\n" +
         traced(calls(210, "0xffffffffc04fa110", 3, "cpuhp_enter"));
}

TEST(Module, ComesAndGoes) {
  const Conformance c = replay(section(loaded() + unloaded()));
  EXPECT_TRUE(c.ok()) << conform_text(c, {});
  EXPECT_EQ(c.operations(), 2u);
  EXPECT_EQ(c.with_events(), 2u);
}

TEST(Module, TheKernelChoosesTheFirstFreeNumber) {
  const Conformance c = replay(section(loaded(211)));
  EXPECT_EQ(c.identical(), 0u);
  EXPECT_THAT(conform_text(c, {}), HasSubstr("211: drv:online"));
}

TEST(Module, ItsCallbacksAreCalledForEachCpu) {
  std::string text = loaded();
  const std::size_t at = text.find("cpuhp/2-");
  const std::size_t end = text.find("cpuhp/3-");
  text.erase(at, end - at);
  text.replace(text.find("lines=8"), 7, "lines=6");
  const Conformance c = replay(section(text));
  EXPECT_EQ(c.identical(), 0u);
  EXPECT_THAT(conform_text(c, {}), HasSubstr("+ cpuhp/2"));
}

TEST(Module, ItsNumberBelongsToAnotherOneLater) {
  std::string other = loaded() + unloaded();
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"drv:online", "other:online"},
                                 {"drv_up [drv]", "other_up [other]"},
                                 {"#OP s.", "#OP t."}})
    for (std::size_t at = 0; (at = other.find(from, at)) != std::string::npos; at += to.size())
      other.replace(at, from.size(), to);
  const Conformance c = replay(section(loaded() + unloaded() + other));
  EXPECT_TRUE(c.ok()) << conform_text(c, {});
  EXPECT_EQ(c.operations(), 4u);
}

TEST(Module, AnErrorOfItsCallbackIsInputAndItsWayBackIsNot) {
  const std::string back = calls(210, "drv_down [drv]", 1, "cpuhp_enter");
  const std::string failed = calls(210, "drv_up [drv]", 2, "cpuhp_enter", -5);
  const std::string head = "#OP s.3 cpu=0\n" + module_line("load", 5);
  const Conformance c = replay(section(head + traced(failed + back)));
  EXPECT_TRUE(c.ok()) << conform_text(c, {});
  // Another load tells that there is a teardown.
  const std::string before = loaded() + "#OP s.2 cpu=0\n" + module_line("unload") +
                             "#STATE- 210: drv:online\n" +
                             traced(calls(210, "drv_down [drv]", 3, "cpuhp_enter"));
  const Conformance with = replay(section(before + head + traced(failed + back)));
  EXPECT_TRUE(with.ok()) << conform_text(with, {});
  const Conformance without = replay(section(before + head + traced(failed)));
  EXPECT_EQ(without.identical(), 2u) << conform_text(without, {});
}

TEST(Module, HasInstances) {
  const std::string once = calls(210, "drv_up [drv]", 3, "cpuhp_multi_enter");
  const std::string gone = calls(210, "drv_down [drv]", 3, "cpuhp_multi_enter");
  const Conformance c =
      replay(section("#OP s.1 cpu=0\n" + module_line("load") + "#STATE+ 210: drv:online\n" +
                     traced(once + once) + "#OP s.2 cpu=0\n" + module_line("unload") +
                     "#STATE- 210: drv:online\n" + traced(gone + gone)));
  EXPECT_TRUE(c.ok()) << conform_text(c, {});
  EXPECT_EQ(c.with_events(), 2u);
  EXPECT_THAT(c.replays[0].twin.scenario, HasSubstr("\"op\":\"remove_instance\""));
}

TEST(Module, IsPutAwayBehindASession) {
  const Conformance c = replay(section(loaded() + "#RESTORE want=unloaded\n" +
                                       module_line("unload") + "#STATE- 210: drv:online\n"));
  EXPECT_TRUE(c.ok()) << conform_text(c, {});
  EXPECT_EQ(c.operations(), 1u);
}

TEST(Module, TheTableHasNoneOfItsCallbacks) {
  const Program p;
  const std::string offline =
      "#OP s.0 cpu=1\n" + write_line("online", "0") + files(false) + traced(parts().traces[0]);
  std::ofstream(p.folder() / "rec.txt") << section(loaded() + unloaded() + offline);
  const Called c = p.call("import --states rec.txt --trace rec.txt --out table.json");
  EXPECT_EQ(c.code, 0) << c.err;
  EXPECT_THAT(file_text(p.folder() / "table.json"), Not(HasSubstr("drv_up")));
  EXPECT_EQ(p.call("conform rec.txt --table table.json").code, 0);
}

/// The number of a module's state belongs to nobody, or to others: no rule is judged by it.
TEST(Module, ItsCallbacksAreNotJudgedByTheListOfStates) {
  const RecordingParts p = parts();
  std::string offline = p.traces[0];
  const std::string at = "cpuhp/1";
  offline.insert(
      offline.find('\n', offline.find(at)) + 1,
      "         cpuhp/1-19 [001] ..... 1.0: cpuhp_enter: cpu: 0001 target: 153 step: 210 "
      "(drv_down [drv])\n         cpuhp/1-19 [001] ..... 1.0: cpuhp_exit: cpu: 0001 state: "
      "209 step: 210 ret: 0\n");
  const std::string text = section(loaded() + unloaded() + "#OP s.3 cpu=1\n" +
                                   write_line("online", "0") + files(false) + traced(p.traces[0]));
  const LooseTrace t = parse_loose_trace(text, "rec.txt");
  EXPECT_EQ(t.trace.stream.events.size(),
            static_cast<std::size_t>(std::ranges::count(p.traces[0], '\n')));
  const LooseTrace without = parse_loose_trace(
      section("#OP s.3 cpu=1\n" + write_line("online", "0") + files(false) + traced(offline)),
      "rec.txt");
  EXPECT_EQ(without.trace.stream.events.size(), t.trace.stream.events.size() + 2)
      << "a state that no module brought stays";
  // Its callback fails, and the walk turns: without the callback nobody could tell why.
  std::string turned = offline;
  turned.replace(turned.find("209 step: 210 ret: 0"), 20, "209 step: 210 ret: -5");
  const LooseTrace failed =
      parse_loose_trace(section(loaded() + "#OP s.3 cpu=1\n" + write_line("online", "0") +
                                files(true) + traced(turned) + "#OP s.4 cpu=1\n" +
                                write_line("online", "0") + files(false) + traced(p.traces[0])),
                        "rec.txt");
  EXPECT_EQ(failed.trace.stream.events.size(), t.trace.stream.events.size());
}

// --- the reader

std::string refusal(const std::string& operations) {
  try {
    parse_recording("# section: s\n" + operations, "rec.txt");
  } catch (const BadInput& bad) {
    return bad.what();
  }
  return "no error";
}

TEST(Played, ALineThatDoesNotFitIsRefused) {
  const std::string op = "#OP s.1 cpu=0\n";
  EXPECT_EQ(refusal(op + "#STATE+ 210: a\n"), "rec.txt:3:1: #STATE+ needs an #M before it");
  EXPECT_EQ(refusal(op + module_line("load") + "#STATE+ a\n"),
            "rec.txt:4:1: expected \"#STATE+ NUMBER: NAME\"");
  EXPECT_EQ(refusal(op + module_line("load") + "#STATE+ 210: a\n#STATE+ 210: b\n"),
            "rec.txt:5:1: state 210 is there already");
  EXPECT_EQ(refusal(op + module_line("remove")),
            "rec.txt:3:1: expected \"verb=load\" or \"verb=unload\", found \"verb=remove\"");
  EXPECT_EQ(refusal(op + write_line("online", "0", true)),
            "rec.txt:3:1: \"with=1\" needs a #W of the same operation before it");
  EXPECT_EQ(refusal(module_line("load")),
            "rec.txt:2:1: #M is outside of an operation: expected it between #OP and #END");
}

TEST(Played, AGuestThatDiesEndsItsOperation) {
  const Recording r = parse_recording(
      "# section: s\n#OP s.1 cpu=0\n" + module_line("load") +
          "#STATE+ 210: a\n#END\n#OP s.2 cpu=1\n#CRASH status=GUEST-DIED\n#OP s.1 cpu=0\n#END\n",
      "rec.txt");
  const std::vector<const RecordedOperation*> all = r.operations();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1]->crash, "GUEST-DIED");
  EXPECT_EQ(all[1]->loaded.size(), 1u);
  EXPECT_TRUE(all[2]->loaded.empty()) << "the guest was started again, without the module";
}

}  // namespace
}  // namespace cpuhp
