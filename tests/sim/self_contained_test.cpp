// Scenarios written from what was read: what the loader makes of it is the same again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/run/run.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

std::string digest(const Scenario& s) {
  std::string text;
  with_bare_simulator([&](Simulator& simulator) { text = simulator.run(s.config).digest; });
  return text;
}

// Every shipped scenario that is small enough to run here.
TEST(ScenarioJson, ASelfContainedScenarioIsTheSameRun) {
  int count = 0;
  for (const char* folder : {"scenarios", "scenarios/faults", "scenarios/questions"})
    for (const auto& entry : std::filesystem::directory_iterator(source_path(folder))) {
      const std::string path = entry.path().string();
      if (entry.path().extension() != ".json" || path.ends_with("schema.json")) continue;
      const Scenario own = load_scenario(path);
      if (own.config.topology.nr_cpus() > 128) continue;
      const std::string text = scenario_text(self_contained_scenario(path));
      EXPECT_EQ(digest(parse_scenario(text, "/nowhere/s.json")), digest(own)) << path;
      ++count;
    }
  EXPECT_GT(count, 20);
}

TEST(ScenarioJson, FaultsAreReadAsTheyWereWritten) {
  const Scenario s = load_scenario(source_path("tests/data/scenario/full.json"));
  OrderedJson document = self_contained_scenario(source_path("tests/data/scenario/full.json"));
  ASSERT_FALSE(s.config.faults.empty());
  document["faults"] = OrderedJson::array();
  for (const Fault& f : s.config.faults) document["faults"].push_back(fault_json(f, s.config));
  const Scenario again = parse_scenario(document.dump(), "s.json");
  ASSERT_EQ(again.config.faults.size(), s.config.faults.size());
  for (std::size_t i = 0; i < s.config.faults.size(); ++i) {
    const Fault &a = s.config.faults[i], &b = again.config.faults[i];
    EXPECT_EQ(std::tie(a.kind, a.cpu, a.state, a.direction, a.phase, a.sleeper, a.nth, a.instance,
                       a.during, a.rollback, a.chance_ppm, a.delay),
              std::tie(b.kind, b.cpu, b.state, b.direction, b.phase, b.sleeper, b.nth, b.instance,
                       b.during, b.rollback, b.chance_ppm, b.delay))
        << i << ' ' << document["faults"][i];
    if (a.kind == FaultKind::Error || a.kind == FaultKind::RefusedTakedown) {
      EXPECT_EQ(a.error, b.error) << i;
    }
  }
}

TEST(ScenarioJson, ListsOfObjectsHaveALineEach) {
  const OrderedJson document = OrderedJson::parse(
      R"({"version": 1, "machine": {"cores": 2}, "operations": [{"op": "boot"}, {"op": "up"}],
          "table": {"name": "a name long enough for the table to get several lines of its own",
                    "states": [{"id": 0}, {"id": 1}]}, "faults": [],
          "states": [{"name": "d", "resources": [{"name": "q", "on_error": "kept"}]}]})");
  EXPECT_EQ(scenario_text(document), R"({
  "version": 1,
  "machine": {"cores": 2},
  "operations": [
    {"op": "boot"},
    {"op": "up"}
  ],
  "table": {
    "name": "a name long enough for the table to get several lines of its own",
    "states": [
      {"id": 0},
      {"id": 1}
    ]
  },
  "faults": [],
  "states": [
    {"name": "d", "resources": [{"name": "q", "on_error": "kept"}]}
  ]
}
)");
  EXPECT_EQ(OrderedJson::parse(scenario_text(document)), document);
}

TEST(ScenarioJson, ReturnsAsExpectHasThem) {
  EXPECT_EQ(return_json(0), 0);
  EXPECT_EQ(return_json(202), 202);
  EXPECT_EQ(return_json(-12), "-ENOMEM");
}

}  // namespace
}  // namespace cpuhp
