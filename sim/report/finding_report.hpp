// Prints findings as text and JSON, for all commands, files and reports.
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

/// Adds to each cause the faults that have hit in the run, and the name of its operation. The
/// checks know neither.
void name_run(std::vector<Finding>& findings, const RunResult& result, const MachineConfig& config);
/// Returns all findings of the checks in a run, with the faults that struck and the operations.
std::vector<Finding> findings_of(const RunResult& result, const MachineConfig& config);

/// The consequences of a cause that have the same invariant and place, with their number.
struct Follower {
  std::string invariant;
  std::string place;
  Follows why = Follows::Nothing;
  std::uint64_t count = 0;
  bool operator==(const Follower&) const = default;
};

std::size_t count_causes(const std::vector<Finding>& findings);
/// Returns the consequences of a cause, ordered by first occurrence.
std::vector<Follower> followers_of(const std::vector<Finding>& findings, std::size_t cause);

/// Returns a title for a finding: "I12 of rx:online".
std::string finding_title(const Finding& finding);
/// Returns indented lines: the place, the fault, the rule that was broken, the events nearby, and
/// the consequences. `counter`: time stamps are numbers that count up, and not nanoseconds.
std::string finding_details(const Finding& cause, const std::vector<Follower>& followers,
                            bool counter = false);
/// Returns a cause's text and details as one paragraph.
std::string finding_paragraph(const Finding& cause);
/// Returns the line "broken: I12 at 14185104 ns: TEXT", and the details.
std::string broken_text(const std::vector<Finding>& findings, std::size_t cause);
/// Returns broken_text() of all causes.
std::string broken_text(const std::vector<Finding>& findings);

/// Returns a cause without its consequences. docs/reference/output.md describes the fields.
nlohmann::ordered_json finding_json(const Finding& cause);
/// Adds more information to the JSON of the i-th finding.
using AddToFinding = std::function<void(nlohmann::ordered_json& json, std::size_t i)>;
/// Returns the causes, each with its consequences in `follows`.
nlohmann::ordered_json findings_json(const std::vector<Finding>& findings,
                                     const AddToFinding& add = {});
/// Reads findings from JSON. Returns each cause just before its consequences.
std::vector<Finding> findings_from(const nlohmann::ordered_json& json);

}  // namespace cpuhp
