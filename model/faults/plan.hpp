// Finds which of a scenario's faults hits a given occasion.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/fault.hpp"
#include "model/runtime.hpp"

namespace cpuhp {

/// An occasion at which a fault may hit.
struct FaultPlace {
  CpuId cpu = kNoCpu;  ///< the CPU that is plugged
  StateId state = -1;  ///< state of a callback; otherwise -1
  bool bringup = true;
  std::uint16_t instance = 0xffff;
  bool rollback = false;
  std::optional<Phase> phase = {};
  Sleeper sleeper = Sleeper::Any;
  std::uint32_t operation = 0;  ///< number of the latest operation without Operation::with
  /// Number of the CPU's bring-up or takedown; part of the key of the random number.
  std::uint32_t occurrence = 0;
};

/// How often a fault has hit, and where it did so first.
struct FaultHits {
  std::uint32_t count = 0;
  Ns first{};                       ///< time of the first hit
  std::uint16_t instance = 0xffff;  ///< instance of the first hit; 0xffff: none
  std::uint32_t operation = 0;      ///< FaultPlace::operation of the first hit
  bool operator==(const FaultHits&) const = default;
};

class FaultPlan {
 public:
  FaultPlan(const std::vector<Fault>& faults, std::uint64_t seed);

  /// True when no fault can hit a phase. Then callers need not call strikes() for a phase.
  bool no_phases() const { return !phases_; }
  bool empty() const { return faults_.empty(); }
  /// True when no fault counts its occasions over all CPUs: each names a CPU, or hits every time.
  bool counts_alone() const { return counts_alone_; }
  /// True when the plan has no fault of that kind. Then callers need not call strikes() for it.
  bool without(FaultKind kind) const { return of(kind).empty(); }
  /// True when no fault can hit a callback of that state (a number of the table). Then callers need
  /// not call strikes() for it.
  bool spares(StateId state) const {
    return !any_state_ && !states_[static_cast<std::size_t>(state)];
  }
  /// By fault: number of occasions that it counted for Fault::nth so far, also those that it did
  /// not hit.
  const std::vector<std::uint32_t>& counts() const { return counts_; }
  /// By fault: its hits. A plan that goes on from another one has its own hits only.
  const std::vector<FaultHits>& hits() const { return hits_; }
  /// Goes on counting where another plan has stopped. Its faults are the first ones of this plan.
  void go_on_from(const std::vector<std::uint32_t>& counts);
  /// Returns the first fault that hits this occasion, or nullptr. A fault counts the occasion when
  /// its fields fit and its chance comes true. If it counts over all CPUs, first waits until all
  /// CPUs have reached this time.
  const Fault* strikes(FaultKind kind, const FaultPlace& place, Runtime& rt);

 private:
  struct Planned {
    std::size_t index = 0;  ///< in faults_
    StateId state = -1;     ///< Fault::state, so that most faults need not be looked at
  };
  const std::vector<Planned>& of(FaultKind kind) const {
    return of_kind_[static_cast<std::size_t>(kind)];
  }
  bool drawn(std::size_t index, const FaultPlace& place) const;

  const std::vector<Fault>& faults_;
  std::uint64_t seed_;
  bool phases_ = false;
  bool counts_alone_ = true;
  bool any_state_ = false;          ///< some fault hits callbacks of any state
  std::bitset<kMaxStates> states_;  ///< states that some fault names
  std::array<std::vector<Planned>, kFaultKinds> of_kind_;
  std::vector<std::uint32_t> counts_;
  std::vector<FaultHits> hits_;
};

}  // namespace cpuhp
