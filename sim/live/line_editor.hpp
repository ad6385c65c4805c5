// A line at a time: at a terminal with editing, history and completion (libedit), else as it comes.
//
//   LineEditor lines("cpuhp> ", [](const std::string& word, bool first) { return words; });
//   while (const auto line = lines.next()) ...
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cpuhp {

class LineEditor {
 public:
  /// What the word may become; `first`: it is the line's first one.
  using Completions = std::function<std::vector<std::string>(const std::string& word, bool first)>;
  /// One at a time: libedit keeps its state in globals.
  LineEditor(std::string prompt, Completions completions);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// None at the end of the input, and once a signal was noted (sim/stop.hpp).
  std::optional<std::string> next();

 private:
  std::optional<std::string> next_of_file();

  std::string prompt_;
  bool terminal_;
  std::string ahead_;  ///< what was read beyond the line
};

}  // namespace cpuhp
