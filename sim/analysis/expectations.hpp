// Compares a scenario's `expect` with the result of a run.
#pragma once

#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

struct Expectation {
  std::string what;  ///< member of `expect`, with index or CPU: "ret[1]", "state[3]"
  std::string expected;
  std::string found;
  bool holds = false;
};

/// What the comparison uses besides the scenario and the run's result.
struct Judging {
  const std::vector<Finding>* findings = nullptr;  ///< broken invariants; nullptr: not compared
  /// True: the run has the scenario's own design and seed. Otherwise digest, bringup_ns and boot_ns
  /// are not compared.
  bool same_run = true;
};

/// Returns one entry for each comparison, in the order in which the documentation lists the fields
/// of `expect`. A hang or panic that the scenario does not mention is compared with "none".
std::vector<Expectation> check_expectations(const Scenario& scenario, const RunResult& result,
                                            const Judging& judging = {});

/// Returns the name of a return value: "0", "-EBUSY" for -16, or the number of an unknown error.
std::string return_name(int ret);

/// Describes a task: "cpuhp/3 waits for callin of CPU 3, spinning, since 1250000 ns".
std::string describe(const HungTask& task, const Names& names,
                     const std::vector<LockReader>& readers);

}  // namespace cpuhp
