// What all findings are told with, whichever check found them: state, callback, operation, the
// events beside them, what should have been instead, and which follow from which.
//
//   std::vector<Finding> found = ...;        // of one run, or one trace, in order
//   explain(found, stream, judged);          // found[7].cause == 0: it follows from the first
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// May be called again when the list has become longer. What a check has said stays.
void explain(std::vector<Finding>& findings, const EventStream& stream, const Judged& judged);

/// The one place that says which findings follow from which. A finding is told under an earlier one
/// of its list, its cause, by the first of these that holds:
///
/// - again: a cause before it has the same invariant and place. One bug that shows on every CPU, or
///   in every walk, is one finding.
/// - walk: on the same CPU in the same operation (of a trace: in the same walk) there was a finding
///   about the walk itself, or one of the same invariant. A CPU that has left its path breaks what
///   comes after.
/// - resource: the same resource of the same CPU is in disorder since then: what was left over is
///   in the way later. A resource explains nothing else, and no other resource.
/// - end: the run's hang or panic, in the operation and on the CPU of any finding; and a run ends
///   once.
///
/// Everything else is a cause: another CPU's walk, another operation, another thing. Needs
/// invariant, place, cpu, kind and walk.
void find_causes(std::vector<Finding>& findings);

/// The invariant in words, as in the table of docs/reference/check.md. Empty: it is unknown.
std::string_view rule_of(std::string_view invariant, FindingKind kind);

/// "control on CPU 0: hrtimers_prepare_cpu() of step 43 (hrtimers:prepare) of CPU 1 begins".
std::string event_text(const Event& event, const Names& names, const StateTable& table);

}  // namespace cpuhp
