// Reads a text file, plain or gzip'd, splits it into lines, and refuses it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cpuhp {

/// Largest size of a file after decompression: 256 MiB.
inline constexpr std::size_t kMaxTextBytes = std::size_t{256} << 20;
/// Largest size of a recording, which may cover a whole day: 8 GiB.
inline constexpr std::size_t kMaxRecordingBytes = std::size_t{8} << 30;

/// Throws BadInput about a line of a file; line 0: about the whole file.
[[noreturn]] void refuse(const std::string& file, std::size_t line, std::string message);

/// Returns the text of a file. Throws BadInput when the file is missing, unreadable, binary or too
/// large, or when its gzip data is damaged.
std::string read_text(const std::string& path);

/// Returns the text of a trace. Converts a trace.dat, recognised by its contents, as `trace-cmd
/// report` does. Throws BadInput like read_text(), and for a damaged trace.dat.
std::string read_trace_text(const std::string& path, std::size_t most = kMaxTextBytes);

/// Calls f(line without newline, line number from 1, whether the line ends with a newline).
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
