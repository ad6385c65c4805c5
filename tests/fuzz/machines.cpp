// Machines that run: what a scenario or a recording asks for, as far as it is little.
#include <string>
#include <vector>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/analysis/expectations.hpp"
#include "sim/conform/conform.hpp"
#include "sim/report/conform_report.hpp"
#include "sim/report/run_report.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/fuzz/or_refused.hpp"
#include "tests/fuzz/scratch.hpp"
#include "tests/fuzz/targets.hpp"

namespace cpuhp::fuzz {
namespace {

/// Callbacks that a run could come to: a large machine is slow without being a bug.
bool is_small(const MachineConfig& config) {
  constexpr std::uint64_t kCpusMax = 16, kOperationsMax = 24, kStepsMax = 50'000;
  std::uint64_t steps = config.declared.size();
  for (const State& s : config.table.all()) steps += 1u + s.instances;
  const std::uint64_t cpus = config.topology.nr_cpus(), operations = config.operations.size();
  return cpus <= kCpusMax && operations <= kOperationsMax &&
         steps * cpus * (operations + 1) <= kStepsMax;
}

void run_and_report(const Scenario& scenario, Simulator& simulator) {
  const RunResult result = simulator.run(scenario.config);
  const std::vector<Finding> findings =
      check_all(result.stream, judged_by(scenario.config, result.ok()));
  const RunReport report{
      .scenario = scenario,
      .result = result,
      .diagnoses = diagnoses(result.stream),
      .expectations = check_expectations(scenario, result, {.findings = &findings}),
      .findings = findings,
      .repeat = {}};
  run_text(report, cpu_stages(result.stream, shown_end(result)), {});
  run_json(report);
}

}  // namespace

void fuzz_run(std::string_view bytes) {
  static const std::string beside = data_path("fuzzed.json");
  or_refused([&] {
    const Scenario scenario = parse_scenario(bytes, beside);
    if (!is_small(scenario.config)) return;
    with_bare_simulator([&](Simulator& simulator) { run_and_report(scenario, simulator); });
  });
}

void fuzz_conform(std::string_view bytes) {
  static const std::string table = data_path("table.json"), twin = data_path("twin.json");
  or_refused([&] {
    const Recording recording = parse_recording(bytes, "recording.txt");
    Conformance c = prepare_conformance(recording, table, twin);
    for (const Replay& replay : c.replays)
      if (!is_small(replay.scenario.config)) return;
    with_bare_simulator([&](Simulator& simulator) { run_conformance(c, simulator); });
    conform_text(c, {});
    conform_json(c);
  });
}

}  // namespace cpuhp::fuzz
