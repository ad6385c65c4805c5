// The twin of a recorded machine: a scenario that repeats the recorded operations on the simulated
// machine, with the results to expect.
//
// Its inputs are what the environment decides: the machine, its command line, when drivers register
// what, the CPU of the writing task, and errors that callbacks return. All else is output.
//
// A guest that died or hung was started again, and each start becomes a twin. A long recording is
// also split where the machine is as after a boot, except for CPUs that are off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/designs/design.hpp"
#include "sim/scenario/table_file.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

/// The expected result of an operation of the twin.
struct TwinCheck {
  std::size_t operation = 0;        ///< index in the scenario's operations
  std::uint32_t line = 0;           ///< line of the recording
  std::string what;                 ///< `write "0" to cpu1/online`, `cpu1/hotplug/state`
  int error = 0;                    ///< errno, 0: success
  std::optional<std::string> text;  ///< contents of a file that is read, without the last newline
};

/// How an operation of the recording ended.
enum class TwinEnd : std::uint8_t {
  Returned,
  Panic,  ///< #CRASH status=GUEST-DIED
  Hang,   ///< #CRASH status=STALLED
};

/// A part that is compared as a whole: an operation and its #RESTORE, a boot, or a set of files.
struct TwinUnit {
  std::string id;
  std::uint32_t line = 0;
  std::vector<TwinCheck> checks;
  TwinEnd end = TwinEnd::Returned;
  std::size_t first = 0, last = 0;  ///< the operations [first, last) caused the trace's events
  std::size_t group = 0;            ///< of the writes that began together, the first operation
  std::size_t writers = 0;          ///< how many these are; 0: none did
  bool boot = false;                ///< the trace covers a whole boot
  const Ftrace* trace = nullptr;    ///< nullptr: not traced, or not printed
  std::optional<std::size_t> trace_lines;  ///< number of lines of a trace that was not printed
};

struct Twin {
  std::string scenario;  ///< text of the scenario
  std::vector<TwinUnit> units;
  std::set<std::string, std::less<>> traced;  ///< functions that the recorded kernel could trace
};

/// What the scenario of a machine's own costs names.
struct OwnCosts {
  std::string name;        ///< of the scenario
  std::string table_path;  ///< as the scenario's file names it
  std::string costs_path;
  Design design = Design::Symmetric;
};

/// Returns a scenario that does what the recording shows: the boot, and the writes after it, with
/// the errors that callbacks returned. The table tells when states are set up. The recording must
/// have #MACHINE and a traced boot. Throws BadInput.
std::string make_scenario(const Recording& recording, const StateTable& table,
                          const OwnCosts& costs);

/// Makes the twins. `table_path`: path of the table in the scenarios. The recording must outlive
/// the twins. Throws BadInput for a recording without #MACHINE, or without anything to compare.
std::vector<Twin> make_twins(const Recording& recording, const StateTable& table,
                             const std::string& table_path);

}  // namespace cpuhp
