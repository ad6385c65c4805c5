// The output of `cpuhp-sim test`.
#pragma once

#include <string>
#include <vector>

#include "sim/campaign/suite.hpp"
#include "sim/report/junit.hpp"
#include "sim/report/ktap.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

struct SuiteReport {
  const Suite& suite;
  const std::vector<SuiteResult>& results;
  std::vector<std::string> repeats;  ///< for each run, the command to make this run alone

  std::size_t failed() const;
};

/// Returns a line for each run, with its failures below, and a summary.
std::string suite_text(const SuiteReport& report, const Look& look);
std::string suite_json(const SuiteReport& report);
std::vector<JUnitSuite> suite_junit(const SuiteReport& report);
/// Returns a test for each run. What the suite leaves out, and runs that a signal has kept from
/// being made, are skipped tests.
KtapTest suite_ktap(const SuiteReport& report);

}  // namespace cpuhp
