// Builds the command to repeat a run, quoted for a shell.
//
//   cli::RepeatLine("run").word("my file.json").option("--design", "async").text();
//   // cpuhp-sim run 'my file.json' --design async
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cpuhp::cli {

/// Returns a word, quoted for a shell if needed.
std::string shell_word(const std::string& word);
/// The name under which the program was called.
extern std::string program_name;

class RepeatLine {
 public:
  explicit RepeatLine(std::string_view command) : text_(shell_word(program_name) + ' ') {
    text_ += command;
  }
  RepeatLine& word(const std::string& word) {
    text_ += ' ' + shell_word(word);
    return *this;
  }
  RepeatLine& flag(std::string_view name, bool given = true) {
    if (given) (text_ += ' ') += name;
    return *this;
  }
  /// Adds an option. Does nothing when the value is empty.
  RepeatLine& option(std::string_view name, const std::string& value) {
    return value.empty() ? *this : flag(name).word(value);
  }
  /// Adds the option once for each value.
  RepeatLine& options(std::string_view name, const std::vector<std::string>& values) {
    for (const std::string& value : values) flag(name).word(value);
    return *this;
  }
  /// Adds the option once with all values, separated by commas.
  RepeatLine& list(std::string_view name, const std::vector<std::string>& values) {
    std::string joined;
    for (const std::string& value : values) joined += (joined.empty() ? "" : ",") + value;
    return option(name, joined);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace cpuhp::cli
