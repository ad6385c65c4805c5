// Reads input line by line: at a terminal with editing, history and completion (libedit).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cpuhp {

class LineEditor {
 public:
  /// Returns completions of a word. `first`: it is the first word of the line.
  using Completions = std::function<std::vector<std::string>(const std::string& word, bool first)>;
  /// Only one object may exist, because libedit has global state.
  LineEditor(std::string prompt, Completions completions);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// Returns the next line; no value at the input's end, or after a stop signal (sim/stop.hpp).
  std::optional<std::string> next();

 private:
  std::optional<std::string> next_of_file();

  std::string prompt_;
  bool terminal_;
  std::string ahead_;  ///< input that was read after the current line
};

}  // namespace cpuhp
