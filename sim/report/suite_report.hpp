// What `cpuhp-sim test` shows of a suite.
#pragma once

#include <string>
#include <vector>

#include "sim/campaign/suite.hpp"
#include "sim/report/junit.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

struct SuiteReport {
  const Suite& suite;
  const std::vector<SuiteResult>& results;
  std::vector<std::string> repeats;  ///< of each run: the command that runs it alone

  std::size_t failed() const;
};

/// One line a run, what differs below it, and a summary.
std::string suite_text(const SuiteReport& report, const Look& look);
std::string suite_json(const SuiteReport& report);
std::vector<JUnitSuite> suite_junit(const SuiteReport& report);

}  // namespace cpuhp
