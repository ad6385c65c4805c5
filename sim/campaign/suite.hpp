// Scenarios as a test suite: each with an `expect` block, under each design that it is about.
//
//   const Suite suite = find_suite({"scenarios/faults"}, {});
//   for (const SuiteResult& r : run_suite(suite, jobs)) std::cout << r.passed;
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
  bool own_design = true;  ///< else what is about one run only is not compared
  bool named = false;      ///< its repetition has to name the design
};

struct Suite {
  std::vector<SuiteRun> runs;
  std::vector<std::string> notes;  ///< what was left out, and why
};

/// Files, and folders with everything below them, in the order of their names. In a folder, JSON
/// files that are no scenarios are passed over: a scenario has no "kind", and "machine",
/// "operations" or "expect". `designs`: in place of the scenarios' own; those that a scenario does
/// not allow are left out. Throws BadInput.
Suite find_suite(const std::vector<std::string>& paths, const std::vector<Design>& designs);

struct SuiteResult {
  bool passed = false;
  std::string death;                      ///< cpuhp-sim died of it: how
  std::vector<Expectation> expectations;  ///< all that were compared
  std::vector<Finding> findings;          ///< broken invariants
};

/// In the order of the suite, whatever the number of jobs. A signal that was noted (sim/stop.hpp)
/// ends it: the results are those of the first runs then.
std::vector<SuiteResult> run_suite(const Suite& suite, unsigned jobs,
                                   const std::function<void(std::size_t done)>& progress = {});

}  // namespace cpuhp
