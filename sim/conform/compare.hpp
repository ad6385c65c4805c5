// A twin's run beside the recording: what each operation gave back, what the files showed, and the
// events, one by one.
//
//   const UnitResult r = compare(twin.units[3], twin, scenario, result,
//   operation_places(result.stream)); r.identical(); r.differences;     // {"cpu1/hotplug/state:
//   recorded \"0\", simulated \"236\" (line 812)"} r.diff;            // aligned lines around the
//   first event that differs
#pragma once

#include <string>
#include <vector>

#include "sim/conform/twin.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

/// A line of the aligned diff.
struct DiffLine {
  enum class Side : char { Both = ' ', Recorded = '-', Simulated = '+' };
  Side side = Side::Both;
  std::string text;
  bool operator==(const DiffLine&) const = default;
};

struct UnitResult {
  std::string id;
  std::uint32_t line = 0;
  std::vector<std::string> differences;  ///< returns, files, panic or hang, number of events
  std::vector<DiffLine> diff;            ///< empty: the events are the same
  std::size_t events = 0;                ///< compared
  std::string sequence;                  ///< a digest of the events: which sequences are distinct
  bool identical() const { return differences.empty() && diff.empty(); }
};

/// Where the OpBegin and OpEnd of each operation stand in the stream.
struct OperationPlaces {
  std::vector<std::size_t> begins, ends;
};
OperationPlaces operation_places(const EventStream& stream);

UnitResult compare(const TwinUnit& unit, const Twin& twin, const Scenario& scenario,
                   const RunResult& result, const OperationPlaces& places);

}  // namespace cpuhp
