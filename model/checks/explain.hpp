// Explains findings, whichever check made them: state, callback, operation, the events nearby, the
// rule in words, and which finding follows from which.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// Fills in the explanation of each finding. May be called again when the list has become longer.
/// Fields that a check has filled in stay.
void explain(std::vector<Finding>& findings, const EventStream& stream, const Judged& judged);

/// Finds the cause of each finding; nothing else decides that. A finding is told under an earlier
/// one of its list, its cause, by the first of these that holds:
///
/// - again: a cause before it has the same invariant and place. One bug that shows on every CPU, or
///   in every walk, is one finding.
/// - walk: on the same CPU in the same operation (in a trace: in the same walk) there was a finding
///   about the walk itself, or one of the same invariant. A CPU that has left its path breaks later
///   rules as well.
/// - resource: the same resource of the same CPU is in disorder since then: a leftover is in the
///   way later. A resource explains nothing else, and no other resource.
/// - end: the run's hang or panic, in the operation and on the CPU of any finding; and a run ends
///   once.
///
/// Everything else is a cause: another CPU's walk, another operation, another thing. Needs
/// invariant, place, cpu, kind and walk.
void find_causes(std::vector<Finding>& findings);

/// The two tables of docs/reference/check.md. Each check has its rows beside it (kLaws).
enum class Laws : std::uint8_t {
  OfWalks,  ///< seen in callbacks alone
  OfRuns    ///< asked of simulated runs, too
};
const std::vector<Law>& laws(Laws which);

/// Returns the invariant in words, as in the table of docs/reference/check.md; empty: it is
/// unknown.
std::string_view rule_of(std::string_view invariant, FindingKind kind);

/// Returns an event in words: "control on CPU 0: enters hrtimers_prepare_cpu() in step 43
/// (hrtimers:prepare) of CPU 1, target 236".
std::string event_text(const Event& event, const Names& names, const StateTable& table);

}  // namespace cpuhp
