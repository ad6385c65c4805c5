// Check of the resources of declared states: teardowns give back what startups took.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// Checks Take and Give events, and the state of each CPU when no operation is under way:
/// - state-resource-taken: no startup takes what its CPU already has;
/// - state-resource-given: no teardown gives back what its CPU does not have;
/// - state-resource-leak: a CPU that rests below a state holds none of that state's resources. Only
///   states that the scenario declares have resources.
class StateResourceWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"state-resource-taken", "no startup callback takes a resource that its CPU already has"},
      Law{"state-resource-given",
          "no teardown callback gives back a resource that its CPU does not have"},
      Law{"state-resource-leak",
          "a CPU that rests below a state has given back all resources of that state"}};

  using Watch::Watch;

  void see(On<EventKind::MultiEnter>, const Event& e) {
    if (!multi(e.step)) multi_.push_back(e.step);
  }
  void see(On<EventKind::Take>, const Event& e);
  void see(On<EventKind::Give>, const Event& e);
  void see(On<EventKind::Injected>, const Event& e);
  void see(On<EventKind::Rest>, const Event& e);

 private:
  /// Identifies a resource of a CPU. Each instance of a state has resources of its own.
  struct Key {
    CpuId cpu = kNoCpu;
    NameId name = 0;
    std::uint16_t instance = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Held {
    StateId step = 0;
    /// no further finding about this resource: it was reported, or its leak is intended
    bool reported = false;
  };

  bool multi(StateId state) const {
    return std::find(multi_.begin(), multi_.end(), state) != multi_.end();
  }
  void find_wrong(const char* invariant, const Event& e, const Key& key, StateId state,
                  const std::string& what);

  std::map<Key, Held> held_;
  std::vector<StateId> multi_;  ///< multi-instance states
};

/// Runs StateResourceWatch alone on a stream, and returns its findings.
std::vector<Finding> check_state_resources(const EventStream& stream);

}  // namespace cpuhp
