// Reads a text file as a whole, plain or gzip'd, and goes through its lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cpuhp {

/// Upper bound of a file's size, unpacked: 256 MiB.
inline constexpr std::size_t kMaxTextBytes = std::size_t{256} << 20;
/// Upper bound of a recording's size, which may cover a day: 8 GiB.
inline constexpr std::size_t kMaxRecordingBytes = std::size_t{8} << 30;

/// Returns the text of a file. Throws BadInput when the file is missing, unreadable, binary or too
/// large, or its gzip data is broken or ends early.
std::string read_text(const std::string& path);

/// Returns the text of a trace. A trace.dat, recognised by its content, is converted as `trace-cmd
/// report` does. Throws BadInput as read_text() does, and when a trace.dat is damaged.
std::string read_trace_text(const std::string& path, std::size_t most = kMaxTextBytes);

/// Calls f(line without newline, number from 1, whether a newline ended the line).
template <typename F>
void for_each_line(std::string_view text, F f) {
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    f(line, ++number, end != std::string_view::npos);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace cpuhp
