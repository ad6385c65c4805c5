#include "sim/stop.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace cpuhp {
namespace {

constexpr std::array<std::pair<int, const char*>, 3> kSignals{
    {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}}};
constexpr int kExitCodeOfSignals = 128;
constexpr std::size_t kPathMax = 4'096;

// The signal handler uses only these variables.
volatile sig_atomic_t gentle = 0;
volatile sig_atomic_t noted = 0;
std::array<int, 2> told{-1, -1};  ///< a pipe that becomes readable when `noted` is set
std::array<char, kPathMax> unfinished{};

void note(int signal) {
  const int before = errno;
  noted = signal;
  // When the pipe is full, it is readable anyway.
  if (told[1] >= 0 && ::write(told[1], "", 1) < 0) errno = before;
  errno = before;
}

void on_signal(int signal) {
  if (gentle != 0 && noted == 0) return note(signal);
  if (unfinished[0] != '\0') ::unlink(unfinished.data());
  ::_exit(kExitCodeOfSignals + signal);
}

bool is_ignored(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

void handle_stop_signals() {
  if (::pipe2(told.data(), O_CLOEXEC | O_NONBLOCK) != 0) told = {-1, -1};
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  for (const auto& [signal, name] : kSignals)
    if (!is_ignored(signal)) ::sigaction(signal, &action, nullptr);
}

void ignore_stop_signals() {
  for (const auto& [signal, name] : kSignals) ::signal(signal, SIG_IGN);
}

int stop_signal() { return noted; }

std::string stop_name() {
  for (const auto& [signal, name] : kSignals)
    if (signal == noted) return name;
  return {};
}

void note_stop(int signal) {
  if (noted == 0) note(signal);
}

int stop_fd() { return told[0]; }

GentleStop::GentleStop() { gentle = gentle + 1; }
GentleStop::~GentleStop() { gentle = gentle - 1; }

/// The first letter is stored last, so that the signal handler sees the whole path or none.
Unfinished::Unfinished(std::string file) : path(std::move(file)) {
  if (path.size() >= unfinished.size()) return;
  std::copy(path.begin() + 1, path.end(), unfinished.begin() + 1);
  unfinished[path.size()] = '\0';
  unfinished[0] = path[0];
}

Unfinished::~Unfinished() {
  unfinished[0] = '\0';
  if (!renamed) ::unlink(path.c_str());
}

}  // namespace cpuhp
