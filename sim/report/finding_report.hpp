// Prints findings in words and as JSON, for all commands, files and reports.
//
//   const Finding cause;
//   finding_title(cause);           // "I12 of rx:online"
//   findings_json({cause}).dump();
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// Adds to each cause the faults that struck in the run and the name of the cause's operation: the
/// checks know neither.
void name_run(std::vector<Finding>& findings, const RunResult& result, const MachineConfig& config);
/// Returns all findings of the checks in a run, completed by name_run().
std::vector<Finding> findings_of(const RunResult& result, const MachineConfig& config);

/// Findings that follow from a cause, counted by invariant and place.
struct Follower {
  std::string invariant;
  std::string place;
  Follows why = Follows::Nothing;
  std::uint64_t count = 0;
  bool operator==(const Follower&) const = default;
};

std::size_t count_causes(const std::vector<Finding>& findings);
/// Returns the followers of a cause, ordered by first occurrence.
std::vector<Follower> followers_of(const std::vector<Finding>& findings, std::size_t cause);

/// Names a finding: "I12 of rx:online".
std::string finding_title(const Finding& finding);
/// Prints indented lines: the place, the fault, the expected behaviour, the events around it, and
/// the findings that follow from it. `counter`: the time stamps are only an order.
std::string finding_details(const Finding& cause, const std::vector<Follower>& followers,
                            bool counter = false);
/// Prints text and details as one paragraph.
std::string finding_paragraph(const Finding& cause);
/// Prints the line "broken: I12 of rx:online at 14185104 ns: TEXT" and the details.
std::string broken_text(const std::vector<Finding>& findings, std::size_t cause);
/// Prints broken_text() of all causes.
std::string broken_text(const std::vector<Finding>& findings);

/// Returns a cause without its followers. docs/reference/output.md has the fields.
nlohmann::ordered_json finding_json(const Finding& cause);
/// Adds other information for the reader to the JSON of the i-th finding.
using AddToFinding = std::function<void(nlohmann::ordered_json& json, std::size_t i)>;
/// Returns the causes, each with its followers in `follows`.
nlohmann::ordered_json findings_json(const std::vector<Finding>& findings,
                                     const AddToFinding& add = {});
/// Reads findings back; returns each cause just before its followers.
std::vector<Finding> findings_from(const nlohmann::ordered_json& json);

}  // namespace cpuhp
