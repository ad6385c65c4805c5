// Writes and parses the record of a case, one line in the campaign's JSONL file, such as
// {"case":7,"design":"async","mode":"single","faults":[],"outcome":"error","ret":[0,0,-11,0,0,0],
// "digest":"0123456789abcdef","struck":[],"turns":[],"judged":"1f","findings":[]}
//
// Findings have the form of sim/report/finding_report.hpp: causes, each with its consequences.
#pragma once

#include <cstdint>
#include <optional>
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

/// A fault of a case that has struck: one of the times of a site.
struct StruckSite {
  std::string kind = {};
  std::string place = {};  ///< "nic/queues:online up", "takedown"
  CpuId cpu = kNoCpu;
  std::uint32_t time = 0;             ///< from 1: which time of this site on this CPU
  InstanceId instance = kNoInstance;  ///< of a multi-instance state
  std::string back = {};              ///< state in which the CPU rested next; empty: it never did
};

/// A walk that turned back.
struct RecordedTurn {
  std::string at;         ///< state of the step that failed
  std::string direction;  ///< "up" or "down": that of the walk before it turned
  std::string to;         ///< state in which the CPU then rested
};

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
  std::vector<StruckSite> struck = {};
  std::vector<RecordedTurn> turns = {};
  /// Bits as of Exercised::invariants(). No value: an older program wrote the line, without any of
  /// these three.
  std::optional<std::uint64_t> judged = {};
};
Record parse_record(std::string_view line);

}  // namespace cpuhp
