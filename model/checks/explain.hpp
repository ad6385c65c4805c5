// Explains findings of all checks. Adds the state, callback, operation, nearby events and the rule
// in words, and finds which finding is the consequence of which.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// Fills in the explanation of each finding, and keeps fields that a check has filled in. May be
/// called again after findings were added.
void explain(std::vector<Finding>& findings, const EventStream& stream, const Judged& judged);

/// Finds the cause of each finding. An earlier finding of the list, or that finding's own cause, is
/// the cause of a later one by the first of these rules that holds:
///
/// - again: an earlier cause has the same invariant and place. One bug that shows on every CPU, or
///   in every walk, is one finding.
/// - walk: an earlier finding about the same CPU in the same operation (in a trace: in the same
///   walk) has kind FindingKind::Walk, or has the same invariant. A CPU that has left the right
///   order of states also breaks later rules.
/// - resource: an earlier finding is about the same resource of the same CPU: a leftover resource
///   disturbs its later users.
/// - end: the finding is the run's hang or panic. Its cause is any earlier finding about the same
///   CPU in the same operation, or an earlier finding about a hang or panic.
/// - stray: an earlier finding reports a stray CPU, which may have caused this one (FindingKind).
///
/// A finding to which no rule applies is a cause itself. Needs the findings' invariant, place, cpu,
/// kind and walk.
void find_causes(std::vector<Finding>& findings);

/// The two tables of invariants in docs/reference/check.md. Each check defines its rows in its own
/// array kLaws.
enum class Laws : std::uint8_t {
  OfWalks,  ///< invariants that callbacks alone can show to be broken
  OfRuns    ///< further invariants, checked in simulated runs only
};
const std::vector<Law>& laws(Laws which);

/// Returns the text of the invariant in docs/reference/check.md; empty when it is unknown.
std::string_view rule_of(std::string_view invariant, FindingKind kind);

/// Returns an event in words: "control on CPU 0: enters hrtimers_prepare_cpu() in step 43
/// (hrtimers:prepare) of CPU 1, target 236".
std::string event_text(const Event& event, const Names& names, const StateTable& table);

}  // namespace cpuhp
