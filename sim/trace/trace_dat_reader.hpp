// Reads a trace.dat, as trace-cmd records it, version 6 or 7, by converting it to the text of
// `trace-cmd report`: line numbers in messages are those of that text. Other events than cpuhp
// events leave an empty line. Any byte order, and any size of a long and of a page.
#pragma once

#include <string>
#include <string_view>

namespace cpuhp {

bool is_trace_dat(std::string_view bytes);

/// Converts a trace.dat. Throws BadInput with the byte at which it stopped: "trace.dat: byte 4711:
/// the file ends early".
std::string trace_dat_text(std::string_view bytes, const std::string& file);

}  // namespace cpuhp
