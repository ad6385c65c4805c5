// Reads a trace.dat of trace-cmd, version 6 or 7, with any byte order, size of a long and page
// size. It is converted to the text of `trace-cmd report`, and line numbers in messages refer to
// that text. Other events than cpuhp events become empty lines.
#pragma once

#include <string>
#include <string_view>

namespace cpuhp {

bool is_trace_dat(std::string_view bytes);

/// Converts a trace.dat. Throws BadInput with the offset of an error: "trace.dat: byte 4711: the
/// file ends early".
std::string trace_dat_text(std::string_view bytes, const std::string& file);

}  // namespace cpuhp
