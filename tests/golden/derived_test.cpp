// Sequences that were derived by hand from a kernel's rules (golden/derived/), on that kernel's
// table.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "sim/scenario/scenario.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

/// The sections of a file of sequences, "== name: title", by name.
std::map<std::string, std::string> sequences(const std::string& path) {
  std::map<std::string, std::string> all;
  std::ifstream in(path);
  std::string name;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("== "))
      name = line.substr(3, line.find(':') - 3);
    else if (!line.empty() && !line.starts_with('#'))
      all[name] += line + "\n";
  }
  return all;
}

/// What the tracepoints show of CPU 1's last operation, and how it ended.
std::string sequence(const RunResult& r) {
  std::string text;
  std::size_t operations = 0;
  for (const Event& e : r.stream.events) {
    operations += e.kind == EventKind::OpBegin ? 1 : 0;
    if (e.cpu != 1 || operations < r.operations.size()) continue;
    const std::string head =
        std::string(to_string(e.role)) + (e.kind == EventKind::Enter ? " enter " : " exit ");
    if (e.kind == EventKind::Enter)
      text += head + std::to_string(e.step) + " " + name(r, e) + " target " +
              std::to_string(e.value) + "\n";
    if (e.kind == EventKind::Exit)
      text += head + std::to_string(e.step) + " state " + std::to_string(e.value) + " ret " +
              std::to_string(e.ret) + "\n";
  }
  return text + "returned " + std::to_string(r.operations.back().ret) + " state " +
         std::to_string(r.final[1].state) + "\n";
}

TEST(Derived, V4_6) {
  MachineConfig c = load_scenario(CPUHP_SOURCE_DIR "/scenarios/offline-one-cpu.json",
                                  {{"/table", "tables/v4.6.json"}, {"/expect", "{}"}})
                        .config;
  struct Case {
    const char* name;
    std::vector<Operation> operations;
    std::vector<Fault> faults;
  };
  const Case cases[] = {
      {"up", {op_up(1)}, {}},
      {"down", {op_up(1), op_down(1)}, {}},
      {"refused-takedown",
       {op_up(1), op_down(1)},
       {{.kind = FaultKind::RefusedTakedown, .cpu = 1, .error = -28}}},
      {"failed-prepare",
       {op_up(1)},
       {{.kind = FaultKind::Error, .cpu = 1, .state = 2, .error = -1}}},
      {"failed-kick", {op_up(1)}, {{.kind = FaultKind::NeverAlive, .cpu = 1}}},
  };
  const auto expected = sequences(CPUHP_SOURCE_DIR "/tests/golden/derived/v4.6.txt");
  EXPECT_EQ(expected.size(), std::size(cases));
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    c.operations = each.operations;
    c.faults = each.faults;
    EXPECT_EQ(sequence(run(c)), expected.at(each.name));
  }
}

}  // namespace
}  // namespace cpuhp
