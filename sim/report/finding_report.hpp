// The one place where findings become words and JSON, for every command, file and report.
//
//   std::vector<Finding> found = check_all(result.stream, judged);
//   name_run(found, result, config);
//   std::cout << finding_text(found, 0);
//   std::cout << findings_json(found).dump();
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// Says of each cause which faults struck in its run, and what its operation is called. The checks
/// see neither.
void name_run(std::vector<Finding>& findings, const RunResult& result, const MachineConfig& config);
/// Everything that the checks find in a run, with those names.
std::vector<Finding> findings_of(const RunResult& result, const MachineConfig& config);

/// Findings that follow from one, by invariant and place.
struct Follower {
  std::string invariant;
  std::string place;
  Follows why = Follows::Nothing;
  std::uint64_t count = 0;
  bool operator==(const Follower&) const = default;
};

std::size_t count_causes(const std::vector<Finding>& findings);
/// In the order of their first.
std::vector<Follower> followers_of(const std::vector<Finding>& findings, std::size_t cause);

/// "I12 of rx:online".
std::string finding_title(const Finding& finding);
/// Indented lines: where it was, the fault, what should have been, the events beside it, and what
/// follows from it. `counter`: dates are no times.
std::string finding_details(const Finding& cause, const std::vector<Follower>& followers,
                            bool counter = false);
/// The same as one paragraph, with its text.
std::string finding_paragraph(const Finding& cause);
/// "broken: I12 of rx:online at 14185104 ns: ..." and the details.
std::string broken_text(const std::vector<Finding>& findings, std::size_t cause);
/// broken_text() of all causes.
std::string broken_text(const std::vector<Finding>& findings);

/// A cause, without what follows from it. docs/reference/output.md has its fields.
nlohmann::ordered_json finding_json(const Finding& cause);
/// Adds to the JSON of the i-th finding what else a reader should know.
using AddToFinding = std::function<void(nlohmann::ordered_json& json, std::size_t i)>;
/// Causes, each with what follows from it in `follows`.
nlohmann::ordered_json findings_json(const std::vector<Finding>& findings,
                                     const AddToFinding& add = {});
/// The way back: causes, each before what follows from it.
std::vector<Finding> findings_from(const nlohmann::ordered_json& json);

}  // namespace cpuhp
