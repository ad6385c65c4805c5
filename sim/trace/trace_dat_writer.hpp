// Writes a run as a trace.dat, version 6, for `trace-cmd report` and KernelShark: the cpuhp events
// as a little-endian 64-bit kernel's ring buffers hold them, exact to the nanosecond. Events and
// tasks are the same as in ftrace text (ftrace_writer.hpp).
#pragma once

#include <iosfwd>

#include "model/events.hpp"

namespace cpuhp {

void write_trace_dat(std::ostream& out, const EventStream& stream);

}  // namespace cpuhp
