#include "sim/live/line_editor.hpp"

#include <editline/readline.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "sim/host.hpp"
#include "sim/stop.hpp"

namespace cpuhp {
namespace {

// libedit's callback gets only the word, so these variables must be global.
LineEditor::Completions completions;
bool completes_first_word = false;

char* nth_completion(const char* word, int n) {
  static std::vector<std::string> found;
  if (n == 0) found = completions(word, completes_first_word);
  return static_cast<std::size_t>(n) < found.size()
             ? ::strdup(found[static_cast<std::size_t>(n)].c_str())
             : nullptr;
}

char** complete(const char* word, int start, int) {
  completes_first_word = start == 0;
  rl_attempted_completion_over = 1;  // never completes names of the host's files
  return rl_completion_matches(word, nth_completion);
}

/// Waits for input. Returns false when SIGINT, SIGTERM or SIGHUP came first.
bool wait_for_input() {
  std::array<pollfd, 2> files{{{STDIN_FILENO, POLLIN, 0}, {stop_fd(), POLLIN, 0}}};
  while (stop_signal() == 0) {
    if (::poll(files.data(), files.size(), -1) < 0 && errno != EINTR) return true;
    if (files[0].revents != 0) return stop_signal() == 0;
  }
  return false;
}

/// Returns the number of bytes read; 0 at the end of the input, or after a stop signal.
std::size_t read_input(char* to, std::size_t size) {
  while (wait_for_input()) {
    const ssize_t got = ::read(STDIN_FILENO, to, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return 0;
  }
  return 0;
}

int next_key(FILE*) {
  constexpr int kEndOfInput = 'D' & 0x1f;
  char key = 0;
  if (read_input(&key, 1) != 1) return EOF;
  // libedit prints its prompt before it leaves the terminal's line mode. A Ctrl-D typed before that
  // arrives as a zero byte (kernel: n_tty.c, __DISABLED_CHAR).
  return key == 0 ? kEndOfInput : static_cast<unsigned char>(key);
}

}  // namespace

LineEditor::LineEditor(std::string prompt, Completions ask)
    : prompt_(std::move(prompt)), terminal_(stdin_is_terminal()) {
  if (!terminal_) return;
  completions = std::move(ask);
  rl_getc_function = next_key;
  rl_attempted_completion_function = complete;
  rl_completion_append_character = '\0';
  using_history();
}

LineEditor::~LineEditor() {
  if (terminal_) completions = nullptr;
}

std::optional<std::string> LineEditor::next_of_file() {
  std::size_t end = ahead_.find('\n');
  while (end == std::string::npos) {
    std::array<char, 4'096> piece{};
    const std::size_t got = read_input(piece.data(), piece.size());
    if (got == 0 && (ahead_.empty() || stop_signal() != 0)) return std::nullopt;
    if (got == 0) return std::exchange(ahead_, {});
    ahead_.append(piece.data(), got);
    end = ahead_.find('\n');
  }
  std::string line = ahead_.substr(0, end);
  ahead_.erase(0, end + 1);
  return line;
}

std::optional<std::string> LineEditor::next() {
  if (stop_signal() != 0) return std::nullopt;
  if (!terminal_) return next_of_file();
  const std::unique_ptr<char, decltype(&std::free)> typed(::readline(prompt_.c_str()), &std::free);
  if (typed == nullptr) {
    std::puts("");
    return std::nullopt;
  }
  std::string line = typed.get();
  if (!line.empty()) add_history(line.c_str());
  return line;
}

}  // namespace cpuhp
