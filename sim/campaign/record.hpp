// Writes and parses the record of a case, one line in the campaign's JSONL file, such as
// {"case":7,"design":"async","mode":"single","faults":[],"outcome":"error","ret":[0,0,-11,0,0,0],
// "digest":"0123456789abcdef","findings":[]}
//
// Findings have the form of sim/report/finding_report.hpp: causes, each with its consequences.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/campaign/judge.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

/// Returns the line for a case, without the newline.
std::string record_line(const CampaignPlan& plan, const CampaignCase& c, const Verdict& verdict);
/// Returns the line for a case that killed its worker.
std::string crash_line(const CampaignPlan& plan, const CampaignCase& c, const std::string& death);

/// Parses the header or a line of a campaign file. Throws BadInput when it is nested deeper than
/// any such line, and the exceptions of nlohmann's parser.
OrderedJson parse_shallow(std::string_view text);

/// What reports need of a case's line. parse_record() throws BadInput for a text that is no such
/// line.
struct Record {
  std::uint64_t number = 0;
  std::string design;
  std::string mode;
  std::vector<std::string> kinds;  ///< kinds of the case's faults
  std::string outcome;
  std::vector<Finding> findings;
  /// Where the first of its faults strikes: "nic/queues:online up"; empty: in no callback.
  std::string place = {};
};
Record parse_record(std::string_view line);

}  // namespace cpuhp
