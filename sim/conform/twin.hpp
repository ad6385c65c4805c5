// The twin of a recorded machine: a scenario that does to the simulated machine what was done to
// the real one, and what has to come out of it.
//
//   for (const Twin& twin : make_twins(recording, table, "table.json")) {
//     const Scenario scenario = parse_scenario(twin.text(), "twin.json");
//     ... run, then compare twin.units with the result (compare.hpp)
//
// Inputs are what the environment decides: the machine, its command line, what drivers registered
// and when, which CPU the writing task ran on, what a callback itself gave back. All else is
// output.
//
// A guest that died or hung was started anew: each such stretch is a twin of its own. A long
// recording is cut into pieces where the machine is as a boot leaves it, but for CPUs that are off.
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

/// What one of the twin's operations has to give back.
struct TwinCheck {
  std::size_t operation = 0;        ///< its place in the scenario's operations
  std::uint32_t line = 0;           ///< of the recording
  std::string what;                 ///< "write 0 to cpu1/online", "cpu1/hotplug/state"
  int error = 0;                    ///< errno, 0: success
  std::optional<std::string> text;  ///< a read: what it gives, without the last newline
};

/// How an operation of the recording ended.
enum class TwinEnd : std::uint8_t {
  Returned,
  Panic,  ///< #CRASH status=GUEST-DIED
  Hang,   ///< #CRASH status=STALLED
};

/// What is counted: an operation of the recording with its restore, a boot, a set of files.
struct TwinUnit {
  std::string id;
  std::uint32_t line = 0;
  std::vector<TwinCheck> checks;
  TwinEnd end = TwinEnd::Returned;
  std::size_t first = 0, last = 0;         ///< operations whose events are the trace: [first, last)
  bool boot = false;                       ///< a boot's whole trace
  const Ftrace* trace = nullptr;           ///< none: nothing was traced, or not printed
  std::optional<std::size_t> trace_lines;  ///< a trace that was not printed: its length
};

struct Twin {
  std::string scenario;  ///< its text
  std::vector<TwinUnit> units;
  std::set<std::string, std::less<>> traced;  ///< functions that the recording's kernel could trace
  const std::string& text() const { return scenario; }
};

/// `table_path` is what the scenarios name their table by. The recording has to outlive the twins.
/// Throws BadInput for a recording without a machine, or with nothing to compare.
std::vector<Twin> make_twins(const Recording& recording, const StateTable& table,
                             const std::string& table_path);

}  // namespace cpuhp
