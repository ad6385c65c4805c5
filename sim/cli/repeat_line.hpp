// The command that does the same again, as a shell takes it.
//
//   RepeatLine("run").word("my file.json").option("--design", "async").text();
//   // cpuhp-sim run 'my file.json' --design async
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cpuhp::cli {

/// A word as a shell takes it.
std::string shell_word(const std::string& word);
/// The program as it was called.
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
  /// Left out when the value is empty.
  RepeatLine& option(std::string_view name, const std::string& value) {
    return value.empty() ? *this : flag(name).word(value);
  }
  /// Once for each value.
  RepeatLine& options(std::string_view name, const std::vector<std::string>& values) {
    for (const std::string& value : values) flag(name).word(value);
    return *this;
  }
  /// All values in one, separated by commas.
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
