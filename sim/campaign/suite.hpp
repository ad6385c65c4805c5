// Scenarios as a test suite: each scenario with an `expect` block runs under each of its designs.
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
  /// False: `expect` is for another design, so only what holds for all designs is compared.
  bool own_design = true;
  bool named = false;  ///< the command to repeat this run must name the design
};

/// A scenario, or one of its designs, that the suite leaves out.
struct SuiteSkip {
  std::string file;
  std::string design;  ///< empty: the scenario runs under no design
  std::string why;
};

struct Suite {
  std::vector<SuiteRun> runs;
  std::vector<SuiteSkip> skipped;
  std::vector<std::string> notes;  ///< what was left out, and why
};

/// Returns the paths of the scenarios in a folder and its subfolders, ordered. A JSON file with a "kind",
/// or with none of "machine", "operations" and "expect", is none. Throws BadInput.
std::vector<std::string> scenarios_in(const std::string& folder);

/// Finds the scenarios in files and folders (with subfolders, ordered by name). In folders, skips
/// JSON files with a "kind", and those with none of "machine", "operations" and "expect". Each
/// scenario runs under all `designs` or, if there are none, under its own. A scenario with a list
/// "designs" still runs only under the designs in this list. Throws BadInput.
Suite find_suite(const std::vector<std::string>& paths, const std::vector<Design>& designs);

struct SuiteResult {
  bool passed = false;
  std::string death;                      ///< how cpuhp-sim died in this run; empty: it did not
  std::vector<Expectation> expectations;  ///< all that was compared
  std::vector<Finding> findings;          ///< broken invariants
};

/// Runs the suite. The results are in the suite's order, whatever the number of jobs. After a stop
/// signal (sim/stop.hpp), returns only the results of the first runs.
std::vector<SuiteResult> run_suite(const Suite& suite, unsigned jobs,
                                   const std::function<void(std::size_t done)>& progress = {});

}  // namespace cpuhp
