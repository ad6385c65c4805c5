// The turns of one run that has an order: who had each turn, what it touched, and which turns come
// before which in every order that is equivalent.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sim/engine/order.hpp"

namespace cpuhp {

/// Something that a turn touches. Means the same in every run of a machine.
struct Touched {
  std::uint64_t thing = 0;  ///< of the kind and the name; 0: everything
  CpuId cpu = kNoCpu;       ///< whose; kNoCpu: all CPUs'
  bool writes = false;
  bool operator==(const Touched&) const = default;
};

/// True when the two may not change places.
bool conflict(const Touched& a, const Touched& b);
bool conflict(std::span<const Touched> a, std::span<const Touched> b);

/// A turn that has begun.
struct TurnTaken {
  ReadyTurn is;
  std::vector<Touched> touches;
};

/// Makes Touched of Touch. Things are known by the texts of their names, since a run numbers names in
/// the order in which it comes to them.
class Things {
 public:
  /// Called at the begin of each run; `names` lives as long as the run.
  void begin(const Names& names);
  Touched of(const Touch& touch);
  /// Objects that are left out. Only tests use this: each has to make a difference.
  std::uint32_t dropped = 0;
  bool is_dropped(Object object) const {
    return (dropped >> static_cast<unsigned>(object) & 1u) != 0;
  }

 private:
  const Names* names_ = nullptr;
  std::vector<std::uint64_t> of_name_;
};

/// Which turn comes before which: the order of its maker and its task, and that of touches that
/// conflict. Turns count from 0 here.
class HappensBefore {
 public:
  /// Two turns that could change places: `first` came before `second`, nothing is between them.
  struct Race {
    std::size_t first = 0, second = 0;
  };

  /// Forgets all turns from `length` on.
  void truncate(std::size_t length);
  std::size_t size() const { return before_.size(); }
  /// Adds the next turn of `turns`, and gives the races in which it comes second.
  void add(std::span<const TurnTaken> turns, std::vector<Race>* races);
  bool before(std::size_t a, std::size_t b) const {
    return (before_[b][a / 64] >> (a % 64) & 1u) != 0;
  }

 private:
  std::vector<std::vector<std::uint64_t>> before_;  ///< by turn: a bit for each earlier one
};

}  // namespace cpuhp
