// Makes sessions for a machine that was recorded (the probe): each fault alone, or random mixtures
// of whatever a writer can do to the files of CPU hotplug.
//
//   const Recording probe = read_recording("probe.txt");
//   const SessionFile made = make_sessions(probe, {.singles = true});
//   made.sessions[0].name;   // "up-1"
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/session/session_file.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

struct PlayOptions {
  bool singles = false;      ///< a session for each fault, refusal, target and module
  std::uint64_t random = 0;  ///< number of random sessions
  std::uint64_t seed = 1;    ///< of the random sessions
  std::uint32_t writes = 8;  ///< most statements of a random session
  /// Modules to load and unload, each with its parameters: "NAME PARAMETER=VALUE ...".
  std::vector<std::string> modules;
};

/// Makes sessions that depend on the arguments alone. None of them asks for what is known to kill or
/// damage a kernel; the notes of the file say what that is here. Throws BadInput for a probe without
/// #MACHINE, without states, or without a CPU that can go offline, and for a bad module.
SessionFile make_sessions(const Recording& probe, const PlayOptions& options);

}  // namespace cpuhp
