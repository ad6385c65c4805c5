// Scenarios as a test suite: each has an `expect` block and runs under each of its designs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/analysis/expectations.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

/// One scenario under one design.
struct SuiteRun {
  Scenario scenario;
  bool own_design = true;  ///< false: expectations about one run only are not compared
  bool named = false;      ///< the command that repeats it has to name the design
};

struct Suite {
  std::vector<SuiteRun> runs;
  std::vector<std::string> notes;  ///< omissions and their reasons
};

/// Finds the scenarios: files, and folders with everything below them, in the order of their names.
/// In a folder, JSON files that are no scenarios are passed over: a scenario has no "kind", and
/// "machine", "operations" or "expect". `designs` replace the scenarios' own; those that a scenario
/// does not allow are left out. Throws BadInput.
Suite find_suite(const std::vector<std::string>& paths, const std::vector<Design>& designs);

struct SuiteResult {
  bool passed = false;
  std::string death;                      ///< cause of death of cpuhp-sim; empty: none
  std::vector<Expectation> expectations;  ///< everything that was compared
  std::vector<Finding> findings;          ///< broken invariants
};

/// Runs the suite. Results are in its order, whatever the number of jobs. A noted signal
/// (sim/stop.hpp) ends it: the results are then those of the first runs.
std::vector<SuiteResult> run_suite(const Suite& suite, unsigned jobs,
                                   const std::function<void(std::size_t done)>& progress = {});

}  // namespace cpuhp
