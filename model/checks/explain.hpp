// Explains findings of all checks: the state, callback and operation, the events nearby, the rule
// in words, and which finding follows from which.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// Fills in the explanation of each finding. Fields that a check has filled in stay as they are.
/// May be called again when the list has grown.
void explain(std::vector<Finding>& findings, const EventStream& stream, const Judged& judged);

/// Finds the cause of each finding; no other code decides that. A finding follows from an earlier
/// one of its list, its cause, by the first of these rules that holds:
///
/// - again: an earlier cause has the same invariant and place. One bug that shows on every CPU, or
///   in every walk, is one finding.
/// - walk: an earlier finding about the same CPU in the same operation (in a trace: in the same
///   walk) is about the walk itself, or has the same invariant. A CPU that has left its path breaks
///   later rules as well.
/// - resource: an earlier finding is about the same resource of the same CPU: a leftover is in the
///   way later. A resource explains no other finding, and no other resource.
/// - end: the finding is the run's hang or panic, and any earlier finding is about the same CPU in
///   the same operation, or is the run's end already: a run ends once.
///
/// A finding without a cause is a cause itself: it is about the walk of another CPU, another
/// operation, another thing. Needs the findings' invariant, place, cpu, kind and walk.
void find_causes(std::vector<Finding>& findings);

/// The two tables of docs/reference/check.md. Each check has its rows beside it (its kLaws array).
enum class Laws : std::uint8_t {
  OfWalks,  ///< laws that callbacks alone can show to be broken
  OfRuns    ///< further laws, checked in simulated runs only
};
const std::vector<Law>& laws(Laws which);

/// Returns the invariant in words, as in the table of docs/reference/check.md; empty when it is
/// unknown.
std::string_view rule_of(std::string_view invariant, FindingKind kind);

/// Returns an event in words: "control on CPU 0: enters hrtimers_prepare_cpu() in step 43
/// (hrtimers:prepare) of CPU 1, target 236".
std::string event_text(const Event& event, const Names& names, const StateTable& table);

}  // namespace cpuhp
