// The CPU masks: what is set when, and that they are nested (I14, I15, I27, I36).
//
//   for (const Finding& f : check_masks(result.stream, judged_by(config, result.ok()))) ...
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// - I14: the online bit is set after the STARTING walk and cleared before the DYING walk;
/// - I15: active within online; set last on the way up (where `active` is a state), cleared first
/// on
///   the way down; the cpusets have followed when an operation is over;
/// - I27: one CPU is always online, and one that is not isolated where a kernel promises that;
/// - I36: a CPU that rests online is not marked as dying.
std::vector<Finding> check_masks(const EventStream& stream, const Judged& judged);

}  // namespace cpuhp
