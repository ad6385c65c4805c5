// Session files: what is to be done to a real kernel, write by write. `cpuhp-sim session` makes
// them, and `record-cpuhp --play` plays them (docs/reference/session.md).
//
//   const SessionFile file = parse_sessions("# cpuhp-sim session 1\n"
//                                           "session down-235\n"
//                                           "write cpu3/hotplug/fail 235\n"
//                                           "write cpu3/online 0\n",
//                                           "s.txt");
//   file.sessions[0].steps[1].value;   // "0"
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

/// Limits of a session file.
inline constexpr std::size_t kMaxSessions = 100'000, kMaxSessionSteps = 1'000;
/// Largest number of writes that begin at the same time: a `write` and the `with`s behind it.
inline constexpr std::size_t kMaxWriters = 8;
/// A store gets at most a page, of which the player's newline is the last byte.
inline constexpr std::size_t kMaxSessionValue = 4'095;
inline constexpr std::size_t kMaxSessionName = 200;

enum class SessionVerb : std::uint8_t {
  Write,
  With,  ///< a write by another task, which begins together with the write before it
  Load,
  Unload,
};

/// One statement below `session NAME`.
struct SessionStep {
  SessionVerb verb = SessionVerb::Write;
  std::string name;   ///< path below /sys/devices/system/cpu, or an absolute one; or a module
  std::string value;  ///< what is written, without its newline; or the module's parameters
  bool operator==(const SessionStep&) const = default;
};

struct PlaySession {
  std::string name;
  std::vector<SessionStep> steps;
  std::size_t line = 0;  ///< in the file; 0: not read from one
};

struct SessionFile {
  std::vector<std::string> notes;  ///< comments below the first line, for the writer only
  std::vector<PlaySession> sessions;
};

/// True for the name of a session or module: letters, digits, '.', '_' and '-'.
bool is_session_name(std::string_view name);

std::string sessions_text(const SessionFile& file);

/// Reads sessions; `file` is for messages. Throws BadInput for what is not a statement, a name that
/// occurs twice, a path outside of the files of CPU hotplug, and whatever exceeds the limits above.
SessionFile parse_sessions(std::string_view text, const std::string& file);

}  // namespace cpuhp
