// Every check that watches a run.
//
//   for (const Finding& f : check_all(result.stream, judged_by(config, result.ok()))) ...
#pragma once

#include <memory>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

class Outline;

/// For a judge of many streams whose names all go on from these: what is the same in all of them is
/// looked up once.
void remember(Judged& judged, std::shared_ptr<const Names> names);

/// What callbacks alone show, of simulated runs and of kernels' traces.
std::vector<Finding> check_walks(const EventStream& stream, const Judged& judged);
/// All findings, in the order of their dates.
std::vector<Finding> check_all(const EventStream& stream, const Judged& judged);
std::vector<Finding> check_all(const Outline& outline, const EventStream& stream,
                               const Judged& judged);

}  // namespace cpuhp
