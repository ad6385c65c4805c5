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
  /// false: expectations that hold for the scenario's design only are not compared
  bool own_design = true;
  bool named = false;  ///< the command that repeats this run has to name the design
};

struct Suite {
  std::vector<SuiteRun> runs;
  std::vector<std::string> notes;  ///< omissions and their reasons
};

/// Finds the scenarios in files and, recursively, in folders, in the order of their names. In a
/// folder, JSON files that are not scenarios are skipped: a scenario has no "kind", but "machine",
/// "operations" or "expect". `designs` replace the designs of the scenarios; designs that a
/// scenario does not allow are left out. Throws BadInput.
Suite find_suite(const std::vector<std::string>& paths, const std::vector<Design>& designs);

struct SuiteResult {
  bool passed = false;
  std::string death;                      ///< cause of death of cpuhp-sim; empty: none
  std::vector<Expectation> expectations;  ///< everything that was compared
  std::vector<Finding> findings;          ///< broken invariants
};

/// Runs the suite. Returns the results in the suite's order, whatever the number of jobs. When a
/// signal is noted (sim/stop.hpp), returns those of the first runs only.
std::vector<SuiteResult> run_suite(const Suite& suite, unsigned jobs,
                                   const std::function<void(std::size_t done)>& progress = {});

}  // namespace cpuhp
