// What the startup callbacks of declared states take for a CPU is given back by their teardowns.
//
//   for (const Finding& f : check_state_resources(result.stream)) ...
#pragma once

#include <vector>

#include "model/checks/watch.hpp"

namespace cpuhp {

/// Looks at every Take and Give, and at where each CPU rests when no operation is under way:
/// - state-resource-taken: no startup takes what its CPU already has;
/// - state-resource-given: no teardown gives back what its CPU does not have;
/// - state-resource-leak: a CPU that has come to rest below a state has nothing left of it.
std::vector<Finding> check_state_resources(const EventStream& stream);

/// It begins anew at the end: few streams have any, and those need what was before the first one.
class StateResourceWatch : public Watch {
 public:
  using Watch::Watch;

  void see(On<EventKind::Take, EventKind::Give>, const Event&) { seen_ = true; }
  void finish() {
    if (seen_) found_ = check_state_resources(stream_);
  }

 private:
  bool seen_ = false;
};

}  // namespace cpuhp
