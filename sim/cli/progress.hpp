// Shows the progress of long work on the last line of a terminal: "1,234 of 40,000 runs, 3,100 a
// second, 13 s left". Short work shows nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cpuhp::cli {

class Progress {
 public:
  /// `unit`: what is counted, in the plural.
  explicit Progress(std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows the progress; `more` is additional text. The rate does not include work done before the
  /// first call.
  void show(std::uint64_t done, std::uint64_t all, const std::string& more = {});

 private:
  std::string unit_;
  bool terminal_;
  bool shown_ = false;
  std::int64_t begin_ms_, last_ms_;
  std::optional<std::uint64_t> first_;
};

}  // namespace cpuhp::cli
