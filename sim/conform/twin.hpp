// The twin of a recorded machine: a scenario that repeats on the simulated machine the operations
// recorded on the real one, with the results to expect.
//
// Inputs are the decisions of the environment: the machine, its command line, the registrations of
// drivers and their times, the CPU of the writing task, and errors that callbacks return. All else
// is output.
//
// A guest that died or hung was started again: each start becomes a twin. A long recording is also
// cut at points where the machine is as a boot leaves it, except for CPUs that are off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/scenario/table_file.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

/// The expected result of one of the twin's operations.
struct TwinCheck {
  std::size_t operation = 0;        ///< index in the scenario's operations
  std::uint32_t line = 0;           ///< line of the recording
  std::string what;                 ///< "write 0 to cpu1/online", "cpu1/hotplug/state"
  int error = 0;                    ///< errno, 0: success
  std::optional<std::string> text;  ///< content that a read gives, without the last newline
};

/// The way in which an operation of the recording ended.
enum class TwinEnd : std::uint8_t {
  Returned,
  Panic,  ///< #CRASH status=GUEST-DIED
  Hang,   ///< #CRASH status=STALLED
};

/// A unit of the comparison: a recorded operation with its restore, a boot, or a set of files.
struct TwinUnit {
  std::string id;
  std::uint32_t line = 0;
  std::vector<TwinCheck> checks;
  TwinEnd end = TwinEnd::Returned;
  std::size_t first = 0, last = 0;  ///< operations that caused the trace's events: [first, last)
  bool boot = false;                ///< the trace covers a whole boot
  const Ftrace* trace = nullptr;    ///< null: nothing was traced, or not printed
  std::optional<std::size_t> trace_lines;  ///< length of a trace that was not printed
};

struct Twin {
  std::string scenario;  ///< text of the scenario
  std::vector<TwinUnit> units;
  std::set<std::string, std::less<>> traced;  ///< functions that the recording's kernel could trace
  const std::string& text() const { return scenario; }
};

/// Makes the twins. `table_path`: the path by which the scenarios name their table. The recording
/// has to outlive the twins. Throws BadInput for a recording without a machine, or with nothing to
/// compare.
std::vector<Twin> make_twins(const Recording& recording, const StateTable& table,
                             const std::string& table_path);

}  // namespace cpuhp
