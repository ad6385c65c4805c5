// The output of `cpuhp-sim faults --against`: which cases came, went, or came out otherwise.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/campaign/against.hpp"
#include "sim/report/junit.hpp"
#include "sim/report/ktap.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

struct AgainstReport {
  std::string name;  ///< name of the scenario
  const Against& against;
  /// By the title of a finding: the command that repeats it, as far as there is one.
  std::map<std::string, std::string> repeats = {};
  std::vector<std::string> notes = {};
};

std::string against_text(const AgainstReport& report, const Look& look);
std::string against_json(const AgainstReport& report);
/// Returns a test for each design and kind of fault, which fails where something got worse.
std::vector<JUnitSuite> against_junit(const AgainstReport& report);
KtapTest against_ktap(const AgainstReport& report);

}  // namespace cpuhp
