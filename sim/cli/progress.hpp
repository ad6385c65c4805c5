// Shows the progress of long work on the last line of a terminal, if it takes longer than a moment:
// "1,234 of 40,000 runs, 3,100 a second, 13 s left".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cpuhp::cli {

class Progress {
 public:
  /// `unit`: the things counted, in the plural.
  explicit Progress(std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows the progress; `more` is text after the figures. Work that was done before the first call
  /// does not count for the rate.
  void show(std::uint64_t done, std::uint64_t all, const std::string& more = {});

 private:
  std::string unit_;
  bool terminal_;
  bool shown_ = false;
  std::int64_t begin_ms_, last_ms_;
  std::optional<std::uint64_t> first_;
};

}  // namespace cpuhp::cli
