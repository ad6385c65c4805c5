// Writes an event stream as a kernel's `trace` file prints it, byte for byte.
//
//   write_ftrace(std::cout, stream, {.look = ftrace_look("6.1.192")});
//
// Output after the header that every such file has:
//          cpuhp/1-24      [001] .....     0.528611: cpuhp_exit:  cpu: 0001  state: 235 step: 235
//          ret: 0      (one line)
//
// Only Enter, MultiEnter and Exit are written; tasks and pids are invented (traced_events.hpp).
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "model/events.hpp"
#include "sim/trace/traced_events.hpp"

namespace cpuhp {

/// How the columns before the event changed from kernel to kernel.
struct FtraceLook {
  bool wide_pid = true;         ///< 5.10: a pid takes 7 columns rather than 5 (795d6379a47b)
  bool migrate_disable = true;  ///< 5.15: a fifth column of flags (54357f0c9149)
  bool bh_disabled = true;      ///< 5.17: the first column also tells of BHs (289e7b0f7eb4)
  bool operator==(const FtraceLook&) const = default;
};

/// Of a kernel by its version, "6.1.192"; the newest when it is none.
FtraceLook ftrace_look(std::string_view kernel);

struct FtraceFormat {
  /// Digits after the point of a time stamp: 6, rounded as the kernel rounds; 9 keeps every
  /// nanosecond.
  int decimals = 6;
  /// See TracedEvents.
  bool atomic_callbacks = false;
  FtraceLook look = {};
};

void write_ftrace(std::ostream& out, const EventStream& stream, const FtraceFormat& format = {});
std::string format_ftrace(const EventStream& stream, const FtraceFormat& format = {});

/// One line of it, with its newline; `flags` as many as the look has columns.
std::string ftrace_line(const TracedTask& task, const Event& e, const Names& names,
                        std::string_view flags, const FtraceFormat& format = {});

}  // namespace cpuhp
