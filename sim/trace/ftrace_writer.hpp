// Writes an event stream byte for byte as the kernel prints a `trace` file, with the header of such
// a file. Only Enter, MultiEnter and Exit are written; tasks and pids are invented
// (traced_events.hpp).
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "model/events.hpp"
#include "sim/trace/traced_events.hpp"

namespace cpuhp {

/// The columns before the event, which differ from kernel to kernel.
struct FtraceLook {
  bool wide_pid = true;         ///< 5.10: a pid takes 7 columns rather than 5 (795d6379a47b)
  bool migrate_disable = true;  ///< 5.15: a fifth column of flags (54357f0c9149)
  bool bh_disabled = true;      ///< 5.17: the first column also shows disabled BHs (289e7b0f7eb4)
  bool operator==(const FtraceLook&) const = default;
};

/// Returns the look of a kernel by its version, "6.1.192"; the newest look for no version.
FtraceLook ftrace_look(std::string_view kernel);

struct FtraceFormat {
  /// Digits after the point of a time stamp: 6, rounded as the kernel rounds; 9 keeps every
  /// nanosecond.
  int decimals = 6;
  /// Shows callbacks of the STARTING section, too (see TracedEvents).
  bool atomic_callbacks = false;
  FtraceLook look = {};
};

void write_ftrace(std::ostream& out, const EventStream& stream, const FtraceFormat& format = {});
std::string format_ftrace(const EventStream& stream, const FtraceFormat& format = {});

/// Returns one line with its newline; `flags` has as many letters as the look has columns.
std::string ftrace_line(const TracedTask& task, const Event& e, const Names& names,
                        std::string_view flags, const FtraceFormat& format = {});

}  // namespace cpuhp
