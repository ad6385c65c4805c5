// Reads input line by line: at a terminal with editing, history and completion (libedit).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cpuhp {

class LineEditor {
 public:
  /// Returns completions for a word; `first`: the word is the line's first one.
  using Completions = std::function<std::vector<std::string>(const std::string& word, bool first)>;
  /// One object at a time: libedit keeps its state in globals.
  LineEditor(std::string prompt, Completions completions);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// Returns the next line; none at the end of the input, and once a signal was noted
  /// (sim/stop.hpp).
  std::optional<std::string> next();

 private:
  std::optional<std::string> next_of_file();

  std::string prompt_;
  bool terminal_;
  std::string ahead_;  ///< input read beyond the present line
};

}  // namespace cpuhp
