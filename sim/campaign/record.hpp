// Writes and parses the record of a case, one line of the campaign's JSONL file. An example:
// {"case":7,"design":"async","mode":"single","faults":[],"outcome":"error","ret":[0,0,-11,0,0,0],
// "digest":"0123456789abcdef","findings":[]}
//
// Findings are those of sim/report/finding_report.hpp: causes, each with its consequences.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/campaign/judge.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

/// Returns the line of a case, without the newline.
std::string record_line(const CampaignPlan& plan, const CampaignCase& c, const Verdict& verdict);
/// Returns the line of a case whose worker died.
std::string crash_line(const CampaignPlan& plan, const CampaignCase& c, const std::string& death);

/// Parses a header or a line of a campaign. Throws BadInput when it is nested deeper than these
/// ever are, and the exceptions of nlohmann's parser.
OrderedJson parse_shallow(std::string_view text);

/// The parts of a line that reports need. parse_record() throws BadInput for any other line.
struct Record {
  std::uint64_t number = 0;
  std::string design;
  std::string mode;
  std::vector<std::string> kinds;  ///< kinds of its faults
  std::string outcome;
  std::vector<Finding> findings;
};
Record parse_record(std::string_view line);

}  // namespace cpuhp
