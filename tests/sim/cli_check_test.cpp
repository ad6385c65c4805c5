// cpuhp-sim check, as a user calls it.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

using nlohmann::ordered_json;

/// The trace of a run, its lines.
std::vector<std::string> trace_lines(const Program& p, const std::string& more = "") {
  const Called c = p.call("run scenarios/offline-one-cpu.json --trace t.txt --format csv " + more);
  EXPECT_EQ(c.code, 0) << c.err;
  std::vector<std::string> lines;
  std::istringstream in(file_text(p.folder() / "t.txt"));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

std::vector<std::string> shipped_scenarios() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(CPUHP_SOURCE_DIR "/scenarios")) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name.find("schema") == std::string::npos &&
        std::filesystem::file_size(entry.path()) > 0)
      names.insert(name);
  }
  return {names.begin(), names.end()};
}

class Shown : public testing::TestWithParam<std::string> {};

TEST_P(Shown, EveryScenarioUnderEveryDesignIsClean) {
  const Program p;
  const std::string file = CPUHP_SOURCE_DIR "/scenarios/" + GetParam();
  const std::string table = ordered_json::parse(file_text(file), nullptr, true, true)["table"];
  int checked = 0;
  for (const char* design : {"notifier", "symmetric", "parallel", "async"}) {
    std::filesystem::remove(p.folder() / "t.txt");
    p.call("run scenarios/" + GetParam() + " --design " + design + " --trace t.txt --format csv");
    if (!std::filesystem::exists(p.folder() / "t.txt")) continue;  // not for this design
    for (const std::string& more : {std::string(), " --table scenarios/" + table}) {
      const Called c = p.call("check t.txt" + more);
      EXPECT_EQ(c.code, 0) << design << more << '\n' << c.out.substr(0, 600);
      EXPECT_NE(c.out.find(" 0 skipped, 0 enters or exits unmatched, 0 findings\n"),
                std::string::npos)
          << c.out;
      ++checked;
    }
  }
  EXPECT_GE(checked, 2) << "it runs under one design at least";
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Shown, testing::ValuesIn(shipped_scenarios()),
                         [](const testing::TestParamInfo<std::string>& tested) {
                           std::string name = tested.param.substr(0, tested.param.find('.'));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(CliCheck, AMissingStepIsNamedWithItsLine) {
  const Program p;
  std::vector<std::string> lines = trace_lines(p);
  std::size_t at = 0;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].find("(hrtimers_prepare_cpu)") != std::string::npos) at = i;
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at),
              lines.begin() + static_cast<std::ptrdiff_t>(at) + 2);
  p.write("cut.txt", joined(lines));
  const Called c = p.call("check cut.txt");
  EXPECT_EQ(c.code, 1);
  const std::regex line(
      "cut.txt:" + std::to_string(at + 2) +
      ": complete: step [0-9]+ \\(hrtimers_prepare_cpu\\) of CPU 3 is missing "
      "on the way up \\(at [0-9.]+ s\\)\n"
      "  where:   CPU 3, state [0-9]+ \\(hrtimers_prepare_cpu\\)\n"
      "  should:  [^\n]+\n  events:\n(        [^\n]+\n|    > [^\n]+\n)+"
      "[0-9]+ events parsed, 0 skipped, 0 enters or exits unmatched, 1 finding\n");
  EXPECT_TRUE(std::regex_match(c.out, line)) << c.out;
  EXPECT_EQ(c.err, "");
}

TEST(CliCheck, JsonHasExactlyTheseKeys) {
  const Program p;
  std::vector<std::string> lines = trace_lines(p);
  lines.push_back("CPU:2 [LOST 12 EVENTS]");
  lines.push_back("   cpuhp/1-24 [001] .....  9.000000: cpuhp_enter: cpu: 0001 target");
  p.write("bad.txt", joined(lines));
  const Called c = p.call("check bad.txt --format json");
  EXPECT_EQ(c.code, 1);
  const ordered_json d = ordered_json::parse(c.out);
  std::vector<std::string> keys;
  for (const auto& [key, value] : d.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"version", "trace", "design", "events", "skipped",
                                            "unmatched", "lost", "findings"}));
  EXPECT_EQ(d["skipped"], 1);
  ASSERT_EQ(d["lost"].size(), 1u);
  EXPECT_EQ(d["lost"][0]["line"], lines.size() - 1);
  ASSERT_EQ(d["findings"].size(), 1u);
  EXPECT_EQ(d["findings"][0]["invariant"], "unreadable");
  EXPECT_EQ(d["findings"][0]["line"], lines.size());
}

TEST(CliCheck, LostEventsAreSaidAndHideWhatTheyMay) {
  const Program p;
  std::vector<std::string> lines = trace_lines(p);
  // The middle of the trace, with walks on both sides.
  const auto from = lines.begin() + static_cast<std::ptrdiff_t>(lines.size() / 2);
  lines.erase(from, from + 31);
  std::vector<std::string> told = lines;
  told.insert(told.begin() + static_cast<std::ptrdiff_t>(lines.size() / 2 - 15),
              "CPU:0 [LOST 31 EVENTS]");
  p.write("cut.txt", joined(lines));
  EXPECT_EQ(p.call("check cut.txt").code, 1);
}

TEST(CliCheck, ReadsWhatKernelsAndToolsPrint) {
  const Program p;
  const std::vector<std::string> lines = trace_lines(p);
  std::vector<std::string> bare, report{"cpus=4"};
  for (const std::string& line : lines) {
    if (line.starts_with('#')) continue;
    bare.push_back(line);  // trace_pipe has no header
    report.push_back(std::regex_replace(line, std::regex(" (\\.\\.\\.\\.\\.|d\\.\\.1\\.) "), " "));
  }
  for (const auto& [name, text] :
       {std::pair{"pipe.txt", joined(bare)}, {"report.txt", joined(report)}}) {
    p.write(name, text);
    const Called c = p.call(std::string("check ") + name);
    EXPECT_EQ(c.code, 0) << name << '\n' << c.out << c.err;
  }
}

TEST(CliCheck, BadInputIsTold) {
  const Program p;
  trace_lines(p);
  p.write("none.txt", "nothing of the kind\n");
  for (const auto& [call, message] :
       {std::pair{"check none.txt", "none.txt: has no cpuhp event"},
        {"check absent.txt", "absent.txt"},
        {"check t.txt --format csv", "expected text, json or ktap"},
        {"check t.txt --table scenarios/tables/x86_64-6.12.json",
         "the table belongs to another kernel"},
        {"check t.txt --states t.txt --table scenarios/tables/x86_64-6.1.json",
         "exclude each other"},
        {"check t.txt --states t.txt", "NUMBER: NAME"},
        {"check", "TRACE is required"}}) {
    const Called c = p.call(call);
    EXPECT_EQ(c.code, 2) << call << '\n' << c.out;
    EXPECT_NE(c.err.find(message), std::string::npos) << call << '\n' << c.err;
    EXPECT_EQ(c.out, "") << call;
  }
}

TEST(CliCheck, HelpHasExamples) {
  const Called c = Program().call("check --help");
  EXPECT_EQ(c.code, 0);
  EXPECT_NE(c.out.find("Examples:\n  cpuhp-sim check trace.txt\n"), std::string::npos) << c.out;
}

}  // namespace
}  // namespace cpuhp
