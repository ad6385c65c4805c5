// Machine-wide resources have one holder at a time, or readers only, who let go of them.
//
//   for (const Finding& f : check_resources(result.stream)) ...
#pragma once

#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// All holds of one resource in a stream.
struct ResourceHolds {
  std::string name;
  std::uint64_t count = 0;
  Ns total{};    ///< time that somebody held it
  Ns longest{};  ///< the longest single hold
};

/// In order of the resources' first use; a hold that does not end lasts to the last event.
std::vector<ResourceHolds> resource_holds(const EventStream& stream);

/// Looks at every Acquire and Unlock:
/// - exclusive: no resource has two holders at once, unless both are readers (value 1);
/// - released: who releases a resource holds it, and at the end of a run that is `complete` (no
///   hang, no panic) nobody holds one;
/// - serial: a boot is no shorter than any resource was held in it, whatever the design overlaps.
std::vector<Finding> check_resources(const EventStream& stream, bool complete = true);

}  // namespace cpuhp
