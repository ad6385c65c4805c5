// All checks of a run or a trace.
//
//   EventStream stream;   // of a run, or read from a trace
//   Judged judged;        // judged_by() makes one for a run
//   std::vector<Finding> findings = check_all(stream, judged);   // empty: no invariant is broken
#pragma once

#include <memory>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

class Outline;

/// Prepares `judged` for many streams whose names all extend `names`: looks up once what is the
/// same for all of them.
void remember(Judged& judged, std::shared_ptr<const Names> names);

/// Returns the findings that need only callbacks, for simulated runs and kernels' traces.
std::vector<Finding> check_walks(const EventStream& stream, const Judged& judged);
/// Returns all findings, in the order of their dates.
std::vector<Finding> check_all(const EventStream& stream, const Judged& judged);
std::vector<Finding> check_all(const Outline& outline, const EventStream& stream,
                               const Judged& judged);

/// Returns the laws of the checks of walks.
std::vector<Law> walk_laws();

}  // namespace cpuhp
