// Writes an event stream exactly as the kernel prints a `trace` file, with its header. Writes only
// Enter, MultiEnter and Exit events. Tasks and pids are invented (traced_events.hpp).
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "model/events.hpp"
#include "sim/trace/traced_events.hpp"

namespace cpuhp {

/// How the kernel prints the columns before the event; this depends on its version.
struct FtraceLook {
  bool wide_pid = true;         ///< since 5.10: a pid has 7 columns instead of 5 (795d6379a47b)
  bool migrate_disable = true;  ///< since 5.15: there is a fifth flag (54357f0c9149)
  bool bh_disabled = true;      ///< since 5.17: first flag also shows disabled BHs (289e7b0f7eb4)
  bool operator==(const FtraceLook&) const = default;
};

/// Returns the look for a kernel version like "6.1.192"; the newest look when it is empty.
FtraceLook ftrace_look(std::string_view kernel);

struct FtraceFormat {
  /// Decimals of a time stamp. 6: rounded as in the kernel. 9: exact nanoseconds.
  int decimals = 6;
  /// Also writes the callbacks of the STARTING section (see TracedEvents).
  bool atomic_callbacks = false;
  FtraceLook look = {};
};

void write_ftrace(std::ostream& out, const EventStream& stream, const FtraceFormat& format = {});
std::string format_ftrace(const EventStream& stream, const FtraceFormat& format = {});

/// Returns one line with its newline. `flags` has one letter for each column of flags.
std::string ftrace_line(const TracedTask& task, const Event& e, const Names& names,
                        std::string_view flags, const FtraceFormat& format = {});

}  // namespace cpuhp
