// What `cpuhp-sim run` shows of one run.
//
//   std::cout << run_text(report, look);
//
//   boot-8-cpus: 8 CPUs (1 socket, 4 cores, 2 threads), table x86_64-6.1, symmetric, seed 1
//   ok: 8 of 8 CPUs online after 15.234 ms
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
  std::string repeat;             ///< the command that runs this again; empty: there is none
};

/// No expectation broke.
bool holds(const RunReport& report);
/// One line for each broken expectation and invariant, and the line that repeats the run; empty
/// when all hold.
std::string findings_text(const RunReport& report);

std::string run_text(const RunReport& report, const Look& look);
/// One JSON document: docs/reference/cli.md.
std::string run_json(const RunReport& report);

/// "112 CPUs (2 sockets, 28 cores, 2 threads)".
std::string machine_text(const MachineConfig& config);
/// Name of a state.
std::string state_text(StateId id, const MachineConfig& config);
/// "boot", "down cpu3", "write 0 > cpu3/online", "setup leds/trigger:starting".
std::string operation_text(const Operation& op, const MachineConfig& config);

}  // namespace cpuhp
