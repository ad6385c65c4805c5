// What a campaign keeps of a case: one line of its JSONL file, and the way back.
//
//   {"case":7,"design":"async","mode":"single","faults":[{"kind":"error",...}],"outcome":"error",
//    "ret":[0,0,-11,0,0,0],"digest":"0123456789abcdef","findings":[]}
//
// Findings are those of sim/report/finding_report.hpp: causes, each with what follows from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/campaign/judge.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

/// The line of a case, without its end.
std::string record_line(const CampaignPlan& plan, const CampaignCase& c, const Verdict& verdict);
/// Of a case whose worker died.
std::string crash_line(const CampaignPlan& plan, const CampaignCase& c, const std::string& death);

/// A campaign's header or line. Throws BadInput where it is nested deeper than any of these, and
/// what nlohmann's parser throws.
OrderedJson parse_shallow(std::string_view text);

/// What reports need of a line. Throws BadInput when it is none.
struct Record {
  std::uint64_t number = 0;
  std::string design;
  std::string mode;
  std::vector<std::string> kinds;  ///< of its faults
  std::string outcome;
  std::vector<Finding> findings;
};
Record parse_record(std::string_view line);

}  // namespace cpuhp
