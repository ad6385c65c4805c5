// Reads a trace.dat of trace-cmd, version 6 or 7, for any byte order, word size and page size.
// Converts it to the text of `trace-cmd report`; line numbers in messages refer to that text.
// Events other than cpuhp events become empty lines.
#pragma once

#include <string>
#include <string_view>

namespace cpuhp {

bool is_trace_dat(std::string_view bytes);

/// Converts a trace.dat. Throws BadInput with the offset of the error: "trace.dat: byte 4711: the
/// file ends early".
std::string trace_dat_text(std::string_view bytes, const std::string& file);

}  // namespace cpuhp
