// Runs for testing properties of traces: every committed scenario of a small machine, under each of
// its designs, and machines drawn from seeds.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <initializer_list>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp::test {

struct ManyRun {
  std::string name;
  const MachineConfig& config;
  const RunResult& result;
  bool scenario = false;  ///< from a committed scenario; otherwise drawn
};

/// Returns the committed scenarios of these folders whose machines are not larger, by name.
inline std::vector<Scenario> small_scenarios(CpuId cpus_max,
                                             std::initializer_list<const char*> folders = {
                                                 "scenarios", "scenarios/faults",
                                                 "scenarios/history", "scenarios/questions"}) {
  std::set<std::string> files;
  for (const char* folder : folders)
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(CPUHP_SOURCE_DIR "/") + folder)) {
      const std::string file = entry.path().string();
      if (file.ends_with(".json") && !file.ends_with("schema.json")) files.insert(file);
    }
  std::vector<Scenario> all;
  for (const std::string& file : files) {
    Scenario s = load_scenario(file);
    if (s.config.topology.nr_cpus() <= cpus_max) all.push_back(std::move(s));
  }
  return all;
}

/// Calls `f(const ManyRun&)` for each run, until one fails an assertion.
template <typename F>
void for_each_run(F f, std::uint64_t machines = 300, CpuId cpus_max = 64) {
  const std::vector<Scenario> scenarios = small_scenarios(cpus_max);
  ASSERT_GT(scenarios.size(), 30u);
  with_bare_simulator([&](Simulator& s) {
    const auto run = [&](const std::string& name, const MachineConfig& config, bool scenario) {
      if (testing::Test::HasFatalFailure()) return;
      const RunResult result = s.run(config);
      SCOPED_TRACE(name + " under " + std::string(to_string(config.design)));
      f(ManyRun{name, config, result, scenario});
    };
    for (const Scenario& scenario : scenarios) {
      std::set<Design> designs(scenario.designs.begin(), scenario.designs.end());
      designs.insert(scenario.config.design);
      for (const Design design : designs) {
        MachineConfig config = scenario.config;
        config.design = design;
        run(scenario.file, config, true);
      }
    }
    for (std::uint64_t seed = 0; seed < machines; ++seed) {
      run("random_machine(" + std::to_string(seed) + ")", random_machine(seed), false);
      run("random_registrations(" + std::to_string(seed) + ")", random_registrations(seed), false);
    }
  });
}

}  // namespace cpuhp::test
