// A text file as a whole, plain or gzip'd, and its lines.
//
//   const std::string text = read_text("A-boot-smp4.txt.gz");
//   for_each_line(text, [](std::string_view line, std::size_t number, bool newline) { ... });
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cpuhp {

/// Upper bound of what is read, unpacked: 256 MiB.
inline constexpr std::size_t kMaxTextBytes = std::size_t{256} << 20;
/// And of a recording, which may be a day's: 8 GiB.
inline constexpr std::size_t kMaxRecordingBytes = std::size_t{8} << 30;

/// Throws BadInput when the file is missing, unreadable, binary, too large, or its gzip data is
/// broken or ends early.
std::string read_text(const std::string& path);

/// Of a trace: a trace.dat, told by its content, becomes the text that `trace-cmd report` makes of
/// it. Also throws BadInput when that file is damaged.
std::string read_trace_text(const std::string& path, std::size_t most = kMaxTextBytes);

/// f(line without its end, number from 1, whether a newline ended it).
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
