// Which of a scenario's faults strikes here and now.
//
//   FaultPlan plan(config);
//   if (const Fault* f = plan.strikes(FaultKind::Error, {.cpu = 3, .state = 197}, rt)) ...
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/fault.hpp"
#include "model/runtime.hpp"

namespace cpuhp {

/// An occasion on which something may fail.
struct FaultPlace {
  CpuId cpu = kNoCpu;  ///< the CPU that is plugged
  StateId state = -1;  ///< a callback's; otherwise -1
  bool bringup = true;
  std::uint16_t instance = 0xffff;
  bool rollback = false;
  std::optional<Phase> phase = {};
  Sleeper sleeper = Sleeper::Any;
  std::uint32_t operation = 0;   ///< the latest of the main sequence
  std::uint32_t occurrence = 0;  ///< of the CPU's walks: what a chance is drawn by
};

class FaultPlan {
 public:
  FaultPlan(const std::vector<Fault>& faults, std::uint64_t seed);

  /// Nothing of the plan could strike a phase: not worth asking.
  bool no_phases() const { return !phases_; }
  bool empty() const { return faults_.empty(); }
  /// Each fault counts the occasions of one CPU.
  bool counts_alone() const { return counts_alone_; }
  /// No fault of that kind is in the plan: not worth asking.
  bool without(FaultKind kind) const { return of(kind).empty(); }
  /// No fault could strike a callback of that state (a number of a table): not worth asking.
  bool spares(StateId state) const {
    return !any_state_ && !states_[static_cast<std::size_t>(state)];
  }
  /// Of each fault: how many occasions have fitted so far, struck or not.
  const std::vector<std::uint32_t>& counts() const { return counts_; }
  /// The first that strikes; every one that fits counts the occasion. A fault that counts the
  /// occasions of all CPUs waits until they have come to this date.
  const Fault* strikes(FaultKind kind, const FaultPlace& place, Runtime& rt);

 private:
  const std::vector<std::size_t>& of(FaultKind kind) const {
    return of_kind_[static_cast<std::size_t>(kind)];
  }
  bool drawn(std::size_t index, const FaultPlace& place) const;

  const std::vector<Fault>& faults_;
  std::uint64_t seed_;
  bool phases_ = false;
  bool counts_alone_ = true;
  bool any_state_ = false;          ///< a fault strikes callbacks of whatever state
  std::bitset<kMaxStates> states_;  ///< that faults name
  std::array<std::vector<std::size_t>, kFaultKinds> of_kind_;  ///< indices into faults_
  std::vector<std::uint32_t> counts_;
};

}  // namespace cpuhp
