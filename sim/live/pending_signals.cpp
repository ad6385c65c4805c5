#include "sim/live/pending_signals.hpp"

#include <signal.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

namespace cpuhp {
namespace {

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }

/// Signals whose default action does not kill.
constexpr std::uint64_t kHarmless = bit(SIGCHLD) | bit(SIGCONT) | bit(SIGURG) | bit(SIGWINCH) |
                                    bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU);

/// Returns the mask in a line like "SigPnd:\t0000000000000100".
std::uint64_t mask(std::string_view status, std::string_view name) {
  const std::size_t at = status.find(name);
  if (at == std::string_view::npos) return 0;
  std::string_view digits = status.substr(at + name.size());
  digits.remove_prefix(std::min(digits.find_first_not_of(" \t"), digits.size()));
  constexpr int kHexadecimal = 16;
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, kHexadecimal);
  return value;
}

}  // namespace

bool kills(std::string_view status) {
  const std::uint64_t pending = mask(status, "\nSigPnd:") | mask(status, "\nShdPnd:");
  const std::uint64_t kept =
      mask(status, "\nSigBlk:") | mask(status, "\nSigIgn:") | mask(status, "\nSigCgt:") | kHarmless;
  return (pending & (~kept | bit(SIGKILL))) != 0;
}

bool about_to_die(pid_t task) {
  std::ifstream file("/proc/" + std::to_string(task) + "/status");
  if (!file) return true;
  return kills(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace cpuhp
