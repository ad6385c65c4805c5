// Compares the run of a twin (twin.hpp) with its recording: the result of each operation, the
// contents of files, and every event.
#pragma once

#include <string>
#include <vector>

#include "sim/conform/twin.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

struct DiffLine {
  enum class Side : char { Both = ' ', Recorded = '-', Simulated = '+' };
  Side side = Side::Both;
  std::string text;
  bool operator==(const DiffLine&) const = default;
};

struct UnitResult {
  std::string id;
  std::uint32_t line = 0;
  /// differences in return values, files, panic or hang, or the number of events
  std::vector<std::string> differences;
  std::vector<DiffLine> diff;  ///< empty: the events are equal
  std::size_t events = 0;      ///< number of events compared
  std::string sequence;        ///< digest of the events, to count different sequences
  std::vector<std::string>
      warnings;  ///< of the simulated kernel's log: the recorded one warned, too
  bool identical() const { return differences.empty() && diff.empty(); }
};

/// Indices of each operation's OpBegin and OpEnd in the stream.
struct OperationPlaces {
  std::vector<std::size_t> begins, ends;
};
OperationPlaces operation_places(const EventStream& stream);

UnitResult compare(const TwinUnit& unit, const Twin& twin, const Scenario& scenario,
                   const RunResult& result, const OperationPlaces& places);

}  // namespace cpuhp
