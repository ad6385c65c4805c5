// Writes a run as a trace.dat, version 6, for `trace-cmd report` and KernelShark: the cpuhp events
// as a little-endian 64-bit kernel's ring buffers hold them, exact to the nanosecond.
//
//   write_trace_dat(out, stream);
//   // $ trace-cmd report -t trace.dat
//   //       swapper/0-1     [000]     0.000000123: cpuhp_enter:          cpu: 0001 target: ...
//
// The same events and tasks as in ftrace text (ftrace_writer.hpp).
#pragma once

#include <iosfwd>

#include "model/events.hpp"

namespace cpuhp {

void write_trace_dat(std::ostream& out, const EventStream& stream);

}  // namespace cpuhp
