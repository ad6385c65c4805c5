// The output of `cpuhp-sim run`.
#pragma once

#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/analysis/expectations.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

struct RunReport {
  const Scenario& scenario;
  const RunResult& result;
  std::vector<Expectation> expectations;
  std::vector<Finding> findings;  ///< broken invariants
  std::string repeat;             ///< the command that repeats the run; empty: there is none
};

/// True when no expectation failed.
bool holds(const RunReport& report);
/// Prints a line for each failed expectation and each broken invariant, and the command that
/// repeats the run. Returns an empty text when all hold.
std::string findings_text(const RunReport& report);

std::string run_text(const RunReport& report, const Look& look);
/// Prints one JSON document (docs/reference/cli.md).
std::string run_json(const RunReport& report);

/// Describes a machine: "112 CPUs (2 sockets, 28 cores, 2 threads)".
std::string machine_text(const MachineConfig& config);
/// Returns the name of a state; its number if it has none.
std::string state_text(StateId id, const MachineConfig& config);
/// Describes an operation: "boot", "down cpu3", "write 0 > cpu3/online", "setup
/// leds/trigger:starting".
std::string operation_text(const Operation& op, const MachineConfig& config);

}  // namespace cpuhp
