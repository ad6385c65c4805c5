// Internal to the writers of traces: the names of a stream as JSON strings, each escaped once, and
// formatted output in large blocks.
#pragma once

#include <spdlog/fmt/fmt.h>

#include <iterator>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// Returns the text as a JSON string with quotes. Bytes that are not UTF-8 become U+FFFD.
std::string json_quoted(std::string_view text);

/// Returns the quoted names, by NameId.
std::vector<std::string> json_quoted_names(const Names& names);

/// Collects formatted text and writes it to the stream in large blocks, because many small writes
/// are slow.
class BlockWriter {
 public:
  explicit BlockWriter(std::ostream& out) : out_(out) {}
  ~BlockWriter() { flush(); }
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;
  template <typename... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(buffer_), format, std::forward<Args>(args)...);
    if (buffer_.size() > 60'000) flush();
  }

 private:
  void flush() {
    out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.clear();
  }

  std::ostream& out_;
  fmt::memory_buffer buffer_;
};

}  // namespace cpuhp
