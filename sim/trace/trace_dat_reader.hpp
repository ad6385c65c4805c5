// Reads a trace.dat, as trace-cmd records it, version 6 or 7, by making the text of it that
// `trace-cmd report` would: so lines that are reported are the lines of that text.
//
//   if (is_trace_dat(bytes)) text = trace_dat_text(bytes, "trace.dat");
//
//   cpus=4
//       swapper/0-1       [000] 0.000001001: cpuhp_exit:  cpu: 0001  state:   1 step:   1 ret: 0
//
// Events that are no cpuhp events leave an empty line. Any byte order, size of a long and of a
// page.
#pragma once

#include <string>
#include <string_view>

namespace cpuhp {

bool is_trace_dat(std::string_view bytes);

/// Throws BadInput, with the byte where it stopped: "trace.dat: byte 4711: the file ends early".
std::string trace_dat_text(std::string_view bytes, const std::string& file);

}  // namespace cpuhp
