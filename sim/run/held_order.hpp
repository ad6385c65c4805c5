// The order of a run that follows the dates but for some holds.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/hold.hpp"
#include "sim/engine/order.hpp"

namespace cpuhp {

/// Returns what a turn comes to, in words: "lock cpu_hotplug_lock", "runqueue of CPU 1".
std::string point_text(const Touch& point, const Names& names);
NamedTurn named(const ReadyTurn& turn, const Names& names);

/// Counts turns by their names.
class TurnCounts {
 public:
  /// Returns the turn with its number, if it were the next one of its name.
  NamedTurn next(NamedTurn turn) const;
  void ran(const NamedTurn& turn);
  void clear() { counts_.clear(); }

 private:
  std::vector<std::pair<NamedTurn, std::uint32_t>> counts_;
};

/// A hold ends early where nothing else can happen: a machine that needs the held turn would hang.
class HeldOrder final : public Order {
 public:
  explicit HeldOrder(const std::vector<Hold>& holds);
  std::size_t choose(std::span<const ReadyTurn> ready) override;
  void touched(const Touch&) override {}
  void begin(const Names& names) override { names_ = &names; }
  /// The operations before `operation` are over, and turns are counted anew.
  void come_to(std::uint32_t operation);

 private:
  struct Live {
    Hold hold;
    bool over = false;  ///< its end has come
  };
  const Names* names_ = nullptr;
  std::vector<Live> holds_;
  TurnCounts counts_;
  std::uint32_t operation_ = 0;
};

}  // namespace cpuhp
