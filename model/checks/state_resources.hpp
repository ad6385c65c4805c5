// Check of the resources of declared states: teardowns give back what startups took.
#pragma once

#include <array>
#include <vector>

#include "model/checks/watch.hpp"

namespace cpuhp {

/// Checks Take and Give events, and the state of each CPU when no operation is under way:
/// - state-resource-taken: no startup takes what its CPU already has;
/// - state-resource-given: no teardown gives back what its CPU does not have;
/// - state-resource-leak: a CPU that rests below a state holds none of that state's resources. Only
///   states that the scenario declares have resources.
std::vector<Finding> check_state_resources(const EventStream& stream);

/// Runs check_state_resources() on the whole stream at the end of a run, but only if the run has a
/// Take or Give event. Few runs have one, and the check also needs the events before it.
class StateResourceWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"state-resource-taken", "no startup callback takes a resource that its CPU already has"},
      Law{"state-resource-given",
          "no teardown callback gives back a resource that its CPU does not have"},
      Law{"state-resource-leak",
          "a CPU that rests below a state has given back all resources of that state"}};

  using Watch::Watch;

  void see(On<EventKind::Take, EventKind::Give>, const Event&) { seen_ = true; }
  void finish() {
    if (seen_) found_ = check_state_resources(stream_);
  }

 private:
  bool seen_ = false;
};

}  // namespace cpuhp
