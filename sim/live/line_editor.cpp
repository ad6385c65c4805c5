#include "sim/live/line_editor.hpp"

#include <editline/readline.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <utility>

#include "sim/host.hpp"

namespace cpuhp {
namespace {

// libedit calls back with nothing but the word: what to complete has to be found here.
LineEditor::Completions* completions = nullptr;
bool completes_first_word = false;
void (*interrupted_before)(int) = SIG_DFL;

char* nth_completion(const char* word, int n) {
  static std::vector<std::string> found;
  if (n == 0) found = (*completions)(word, completes_first_word);
  return static_cast<std::size_t>(n) < found.size()
             ? ::strdup(found[static_cast<std::size_t>(n)].c_str())
             : nullptr;
}

char** complete(const char* word, int start, int) {
  completes_first_word = start == 0;
  rl_attempted_completion_over = 1;  // no names of the host's files
  return rl_completion_matches(word, nth_completion);
}

}  // namespace

LineEditor::LineEditor(std::string prompt, Completions ask)
    : prompt_(std::move(prompt)), terminal_(stdin_is_terminal()) {
  if (!terminal_) return;
  completions = new Completions(std::move(ask));
  interrupted_before = ::signal(SIGINT, SIG_IGN);  // it would take the session's files with it
  rl_attempted_completion_function = complete;
  rl_completion_append_character = '\0';
  using_history();
}

LineEditor::~LineEditor() {
  if (!terminal_) return;
  ::signal(SIGINT, interrupted_before);
  delete completions;
  completions = nullptr;
}

std::optional<std::string> LineEditor::next() {
  std::string line;
  if (!terminal_) {
    if (!std::getline(std::cin, line)) return std::nullopt;
    return line;
  }
  char* const typed = ::readline(prompt_.c_str());
  if (typed == nullptr) {
    std::puts("");
    return std::nullopt;
  }
  line = typed;
  std::free(typed);
  if (!line.empty()) add_history(line.c_str());
  return line;
}

}  // namespace cpuhp
