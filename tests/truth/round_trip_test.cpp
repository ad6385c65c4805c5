// A twin keeps its machine's time: a boot that was traced and imported takes the recorded time when
// it is simulated under the design that its kernel ran.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/designs/design.hpp"
#include "sim/conform/traced_machine.hpp"
#include "sim/conform/twin.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/trace/ftrace_writer.hpp"
#include "sim/trace/import.hpp"
#include "sim/trace/text_file.hpp"
#include "tests/page_section.hpp"
#include "tests/sim/test_folder.hpp"
#include "tests/truth/recordings.hpp"

namespace cpuhp {
namespace {

using nlohmann::ordered_json;

std::string states_of(const std::string& recording) {
  return (kRecordings / recording).parent_path().string() + "/B-states-smp4.txt.gz";
}

/// Returns what the first boot of an import shows.
const PowerOn& boot_of(const Import& made) {
  return *std::ranges::find_if(made.evidence.power_ons,
                               [](const PowerOn& on) { return on.design.has_value(); });
}

/// Returns the boots on a clock with times that bring CPUs up.
std::vector<std::string> boots() {
  std::vector<std::string> found = recordings();
  std::erase_if(found, [](const std::string& name) {
    if (name.find("/A-") == std::string::npos) return true;
    const Import made =
        import_table({.states = states_of(name), .traces = {(kRecordings / name).string()}});
    return std::ranges::none_of(made.evidence.power_ons,
                                [](const PowerOn& on) { return on.design.has_value(); });
  });
  return found;
}

/// What a simulated run shows to a tracer, measured as a recording is.
std::vector<RecordedWalk> traced_walks(const MachineConfig& config, const StateList& states) {
  std::vector<RecordedWalk> walks;
  with_bare_simulator([&](Simulator& s) {
    const Ftrace trace = parse_ftrace(format_ftrace(s.run(config).stream, {.decimals = 9}), "twin");
    walks = walks_of(trace, states, true);
  });
  return walks;
}

struct Times {
  Ns whole{};
  std::map<CpuId, Ns> by_cpu;  ///< the control CPU's brackets about it
  std::size_t still = 0;       ///< CPUs whose clock stood still

  explicit Times(const std::vector<RecordedWalk>& walks) {
    const WalksSpan span = boot_span(walks);
    whole = span.end - span.begin;
    for (const RecordedWalk& w : walks) {
      if (!w.in_boot) continue;
      by_cpu[w.cpu] += w.taken();
      still += w.still ? 1 : 0;
    }
  }
};

double deviation(Ns twin, Ns recorded) {
  return 100.0 * static_cast<double>((twin - recorded).v) / static_cast<double>(recorded.v);
}

struct RoundTrip {
  Times recorded, twin;
  double whole = 0;  ///< deviation in per cent
  Ns worst_cpu{};    ///< largest deviation of a CPU
  bool cpus_hold = true;
};

RoundTrip round_trip(const std::string& name, const TestFolder& folder) {
  const std::string path = (kRecordings / name).string();
  const Import made = import_table({.states = states_of(name), .traces = {path}});
  const PowerOn& on = boot_of(made);
  folder.write("table.json", made.table_text());
  folder.write("costs.json", made.costs_text());
  std::vector<std::string> warnings;
  const std::string scenario =
      folder.write("twin.json", make_scenario(recording_of(on, "", warnings), made.state_table,
                                              {"twin", "table.json", "costs.json", *on.design}));
  const MachineConfig config = load_scenario(scenario).config;
  RoundTrip r{Times(on.walks), Times(traced_walks(config, read_states(states_of(name))))};
  r.whole = deviation(r.twin.whole, r.recorded.whole);
  for (const auto& [cpu, recorded] : r.recorded.by_cpu) {
    const Ns off{std::abs((r.twin.by_cpu[cpu] - recorded).v)};
    const Ns allowed = std::max(Ns{recorded.v / 50}, recorded < 20_ms ? 1_ms : 4_ms);
    r.worst_cpu = std::max(r.worst_cpu, off);
    r.cpus_hold = r.cpus_hold && off <= allowed;
  }
  return r;
}

class TwinTime : public testing::TestWithParam<std::string> {};

TEST_P(TwinTime, IsTheMachines) {
  const RoundTrip r = round_trip(GetParam(), TestFolder());
  EXPECT_LE(std::abs(r.whole), 1.0);
  EXPECT_TRUE(r.cpus_hold) << "a CPU is off by " << r.worst_cpu.v << " ns";
}

INSTANTIATE_TEST_SUITE_P(Boots, TwinTime, testing::ValuesIn(boots()), recording_name);

std::string two_decimals(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

TEST(RoundTrips, AreShownInTheValidationPage) {
  struct Row {
    std::vector<double> whole;
    Ns worst_cpu{};
    std::size_t cpus = 0, still = 0;
  };
  std::map<std::string, Row> rows;
  const TestFolder folder;
  for (const std::string& name : boots()) {
    const RoundTrip r = round_trip(name, folder);
    Row& row = rows[name.substr(0, name.find('/'))];
    row.whole.push_back(std::abs(r.whole));
    row.worst_cpu = std::max(row.worst_cpu, r.worst_cpu);
    row.cpus += r.recorded.by_cpu.size();
    row.still += r.recorded.still;
  }
  std::string table =
      "| kernel | boots | worst total | median total | CPUs | worst CPU | on a clock that stood "
      "still |\n|---|--:|--:|--:|--:|--:|--:|\n";
  for (auto& [kernel, row] : rows) {
    std::ranges::sort(row.whole);
    table += "| " + kernel + " | " + std::to_string(row.whole.size()) + " | " +
             two_decimals(row.whole.back()) + " % | " +
             two_decimals(row.whole[row.whole.size() / 2]) + " % | " + std::to_string(row.cpus) +
             " | " + two_decimals(static_cast<double>(row.worst_cpu.v) / 1e6) + " ms | " +
             std::to_string(row.still) + " |\n";
  }
  test::expect_section("docs/validation.md", "round trip", table);
}

// --- our own traces

/// Returns the shipped scenarios that boot without drivers of their own.
std::vector<std::string> shipped() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(CPUHP_SOURCE_DIR "/scenarios")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".json") || name.ends_with("schema.json")) continue;
    const Scenario s = load_scenario(entry.path().string());
    if (s.config.declared.empty() && s.config.uninstalled.empty())
      found.push_back(name.substr(0, name.size() - 5));
  }
  std::ranges::sort(found);
  return found;
}

/// hotplug/states of the simulated kernel.
std::string states_text(const MachineConfig& config) {
  const StateTable table = effective_table(config);
  std::string text;
  for (const State& s : table.all())
    if (!s.name.empty()) text += std::to_string(s.id) + ": " + s.name + '\n';
  return text;
}

class OwnTrace : public testing::TestWithParam<std::tuple<std::string, Design>> {};

TEST_P(OwnTrace, ComesBack) {
  const auto& [name, design] = GetParam();
  const TestFolder folder;
  const std::string path = CPUHP_SOURCE_DIR "/scenarios/" + name + ".json";
  Scenario s = load_scenario(path);
  s.config.design = design;
  s.config.boot_work = {};
  const std::string states = folder.write("states", states_text(s.config));
  with_bare_simulator([&](Simulator& simulator) {
    folder.write("trace", format_ftrace(simulator.run(s.config).stream));
  });
  const Import made = import_table({.states = states,
                                    .traces = {folder.path("trace")},
                                    .dmesg = {},
                                    .name = {},
                                    .costs_name = {},
                                    .kernel = s.config.table.kernel()});
  ASSERT_TRUE(made.costs && made.costs->contains("replay"));
  EXPECT_EQ((*made.costs)["replay"]["design"], to_string(design));
  folder.write("table.json", made.table_text());
  folder.write("costs.json", made.costs_text());
  ordered_json twin = ordered_json::parse(read_text(path));
  for (const char* key : {"$schema", "expect", "faults", "defects", "designs", "boot_work_ns"})
    twin.erase(key);
  twin.update({{"table", "table.json"},
               {"costs", "costs.json"},
               {"design", to_string(design)},
               {"operations", {{{"op", "boot"}}}}});
  const Times recorded(boot_of(made).walks);
  const MachineConfig config = load_scenario(folder.write("twin.json", twin.dump())).config;
  const Times simulated(traced_walks(config, read_states(states)));
  EXPECT_LE(std::abs(deviation(simulated.whole, recorded.whole)), 2.0)
      << recorded.whole.v << " ns, twin " << simulated.whole.v << " ns";
}

INSTANTIATE_TEST_SUITE_P(Scenarios, OwnTrace,
                         testing::Combine(testing::ValuesIn(shipped()),
                                          testing::Values(Design::Notifier, Design::Symmetric,
                                                          Design::Parallel, Design::Async)),
                         [](const auto& tested) {
                           return test_name(std::get<0>(tested.param) + "_" +
                                            std::string(to_string(std::get<1>(tested.param))));
                         });

}  // namespace
}  // namespace cpuhp
