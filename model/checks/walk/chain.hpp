// Check of the notifier design. Each action (all calls of one section in one direction for one CPU)
// calls every callback of the chain once, and always in the same order.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/checks/walk/walks.hpp"

namespace cpuhp {

/// The calls of the notifier chains so far, by chain.
struct ChainsSoFar {
  /// A call of one callback.
  struct Call {
    Ns time{};
    std::uint32_t event = kNoEvent;  ///< as Step::enter
    StateId state = kNoState;
  };
  /// The calls that a chain has made so far for one CPU, in one section and direction.
  struct Action {
    std::size_t chain = 0;
    CpuId cpu = kNoCpu;
    bool up = true;
    std::vector<Call> calls;
  };
  struct Chain {
    std::vector<bool> before;    ///< by pair of states: the first was seen before the second
    std::vector<StateId> right;  ///< the calls of the latest action without a finding
  };
  std::array<Chain, 10> chains;  ///< by section and direction of the action
  std::vector<Action> open;      ///< the action under way, by CPU
  CpuId walks = kNoCpu;          ///< CPU of the latest walk that took the lock
};

/// I8: an action calls no callback twice for one CPU.
/// I1: two callbacks are always called in the same order, whatever the CPU and the operation.
std::vector<Finding> check_chain(const Walks& walks, ChainsSoFar& so_far);

}  // namespace cpuhp
