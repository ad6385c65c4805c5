// The output of `cpuhp-sim run`.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/analysis/bystanders.hpp"
#include "sim/analysis/comparison.hpp"
#include "sim/analysis/cpu_stages.hpp"
#include "sim/analysis/diagnosis.hpp"
#include "sim/analysis/expectations.hpp"
#include "sim/analysis/lock_stalls.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

/// What is told of a run. Only of a run with a finding or without an end has the result all events.
struct RunReport {
  const Scenario& scenario;
  const RunResult& result;
  std::vector<Diagnosis> diagnoses;
  std::vector<Expectation> expectations;
  std::vector<Finding> findings;                ///< broken invariants
  std::optional<Bystanders> bystanders;         ///< none: nobody asks
  std::string repeat;                           ///< the command to repeat the run; empty: none
  RunFigures figures = cpuhp::figures(result);  ///< what is known of its times
  LockStalls stalls = {};                       ///< told only where the scenario has readers
};

/// Returns the last date that is shown of a run.
Ns shown_end(const RunResult& result);
/// True when all expectations hold.
bool holds(const RunReport& report);
/// Returns a line for each failed expectation and each broken invariant, and the command to repeat
/// the run. Returns an empty text when there is none.
std::string findings_text(const RunReport& report);

std::string run_text(const RunReport& report, const CpuStages& stages, const Look& look);
/// Returns one JSON document (docs/reference/cli.md).
std::string run_json(const RunReport& report);

/// Returns how a CPU spent its time; standing still in stop_machine() counts as spinning.
nlohmann::ordered_json ledger_json(const Ledger& ledger);
/// Returns a machine in words: "112 CPUs (2 sockets, 56 cores, 2 threads a core)".
std::string machine_text(const MachineConfig& config);
/// Returns a state's name, or its number when it has no name.
std::string state_text(StateId id, const MachineConfig& config);
/// Returns an operation in words: "boot", "down cpu3", "write 0 > cpu3/online", "setup
/// leds/trigger:starting".
std::string operation_text(const Operation& op, const MachineConfig& config);

}  // namespace cpuhp
