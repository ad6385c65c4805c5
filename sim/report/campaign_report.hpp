// The output of `cpuhp-sim faults`: numbers of runs by design and kind of fault, then findings.
#pragma once

#include <string>
#include <vector>

#include "sim/campaign/campaign.hpp"
#include "sim/report/junit.hpp"
#include "sim/report/ktap.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

struct CampaignReport {
  std::string name;  ///< name of the scenario
  const Tally& tally;
  /// All findings of the tally, each with a small scenario if one was made.
  std::vector<ReducedFinding> findings;
  std::vector<std::string> repeats;  ///< for each finding, the command to repeat it; empty: unknown
  std::vector<std::string> notes;
  std::string missing = {};  ///< after a signal: what is not in the report; empty: it is complete
};

std::string campaign_text(const CampaignReport& report, const Look& look);
std::string campaign_json(const CampaignReport& report);
std::vector<JUnitSuite> campaign_junit(const CampaignReport& report);
/// Returns a group for each design, in it a test for each place of a fault; then one for findings.
KtapTest campaign_ktap(const CampaignReport& report);

/// Returns a number with grouped digits: "1,234,567".
std::string grouped(std::uint64_t n);

}  // namespace cpuhp
