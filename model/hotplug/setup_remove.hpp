// Registration of states at run time: __cpuhp_setup_state() and related functions. A registration
// calls one state on all CPUs, while a bring-up or takedown calls all states of one CPU
// (docs/kernel.md 4.7, B27).
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "model/blueprint.hpp"

namespace cpuhp {

struct Machine;

/// States that machines share until one of them changes its own.
class SharedStates {
 public:
  SharedStates() = default;
  explicit SharedStates(std::shared_ptr<const States> states) : states_(std::move(states)) {}
  const States* operator->() const { return states_.get(); }
  /// Returns the states, to be changed. If others share them, they keep them as they are.
  States& own();
  bool operator==(const SharedStates& other) const {
    return states_ == other.states_ || *states_ == *other.states_;
  }

 private:
  std::shared_ptr<const States> states_;
};

/// The states as they are registered now.
struct Registered {
  SharedStates states;              ///< without the removed ones
  std::uint32_t registrations = 0;  ///< number of registrations so far
  bool registering = false;         ///< a registration is under way
  bool operator==(const Registered&) const = default;
};

/// A state to register, and whether its callbacks are to be called.
struct SetupRequest {
  StateId key = -1;  ///< number for the state in operations, costs and faults
  State state = {};  ///< its number: that in the table; for a dynamic request, the range's first
  DynamicRange range = DynamicRange::None;
  bool reserve = false;  ///< any free number of the range may be used
  bool calls = false;
};

/// Returns what an OpKind::Setup registers. A state of the table gets its number in
/// the table. That holds for a dynamic state, too, because the kernel gave it this number when the
/// table was recorded. It gets another number of its range only when its own is in use.
SetupRequest request_of(const Machine& m, const Operation& op);
/// Returns the state's number in the running machine: the highest one when the state was set up
/// twice, -1 when it is not set up.
StateId installed(const Machine& m, StateId key);
/// Carries out an operation that registers or removes a state or an instance.
int registration(Machine& m, const Operation& op);
/// Sets the states of the configured table, without those that only a Setup installs.
void init_registered(Machine& m);

}  // namespace cpuhp
