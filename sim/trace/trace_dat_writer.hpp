// Writes a run as a trace.dat, version 6, for `trace-cmd report` and KernelShark. The cpuhp events
// are as in the ring buffers of a little-endian 64-bit kernel, exact to the nanosecond. Events and
// tasks are the same as in ftrace text (ftrace_writer.hpp).
#pragma once

#include <iosfwd>

#include "model/events.hpp"

namespace cpuhp {

void write_trace_dat(std::ostream& out, const EventStream& stream);

}  // namespace cpuhp
