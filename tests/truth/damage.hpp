// Damage to a recording's text, in one place at a time, selected by a seed. A checker is worth as
// much as it finds of this damage.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/random_machine.hpp"

namespace cpuhp::test {

enum class Damage : std::uint8_t {
  EnterDropped,
  ExitDropped,
  OneSidedDropped,   ///< the pair of a state with a callback in one direction only
  BothSidedDropped,  ///< the pair of a state with both
  InstanceDropped,   ///< the pair of one instance
  PairsSwapped,      ///< two neighbours of one task
  OtherExecutor,     ///< the CPU in brackets
  OtherCpu,          ///< the plugged CPU of one line
  OtherStep,
  OtherState,
  OtherTarget,
  OtherSymbol,
  OtherResult,
  StartupTwice,
  TeardownDropped,
  BracketDropped,
  BracketEndsEarly,  ///< the last step inside moves behind it
  RollbackDropped,
  FailingStepUndone,
  StampsSwapped,
  OtherTask,  ///< cpuhp/N under another CPU's number
  HalfWalkDropped,
  LineTwice,
  WalkDropped,  ///< everything that one operation did
  Garbage,      ///< a line ends in the middle
};
inline constexpr std::size_t kDamages = static_cast<std::size_t>(Damage::Garbage) + 1;
std::string_view to_string(Damage kind);

/// One cpuhp line, split into its parts.
struct TraceLine {
  std::size_t at = 0;  ///< index among the victim's lines
  std::string task;    ///< "cpuhp/1-19"
  std::string on, stamp;
  bool enter = false, multi = false;
  int cpu = 0, value = 0, step = 0, ret = 0;
  std::string symbol;
  int block = 0;  ///< number of its #T block; 0: the boot's trace
};

struct TracePair {
  std::size_t enter = 0, exit = 0;  ///< indexes among the events
  bool up = true, bracket = false, registered = false;
};

class Victim {
 public:
  explicit Victim(std::string_view text);
  /// Returns the lines, with corrected counts of `#T end`: the damage shows in the events alone.
  std::string text() const;
  /// Returns the trace alone, as a file of its own.
  std::string plain() const;

  std::vector<std::string> lines;
  std::vector<TraceLine> events;
  std::vector<TracePair> pairs;
  /// True when this step has a callback in that direction, as far as the file shows.
  bool has(int step, bool up) const;
  std::string symbol(int step, bool up) const;
  void drop(std::size_t event) { lines[events[event].at] = kDropped; }
  void replace(std::size_t event, std::string line) { lines[events[event].at] = std::move(line); }
  const std::string& line(std::size_t event) const { return lines[events[event].at]; }

  static inline const std::string kDropped = "\x01";
};

/// Damages one place that the draws pick and returns a description; none: there is no such place.
std::optional<std::string> damage(Victim& victim, Damage kind, Draws& draws);

}  // namespace cpuhp::test
