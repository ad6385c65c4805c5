// The signals that end a command: SIGINT (Ctrl-C), SIGTERM and SIGHUP.
//
//   handle_stop_signals();     // from here on each of them ends the process, cleanly
//   const GentleStop gentle;   // while this lives, the first signal is only noted
//   int left = 1'000;
//   while (stop_signal() == 0 && left > 0) --left;
#pragma once

#include <string>

namespace cpuhp {

/// From now on each of these signals ends this process at once with exit code 128 + its number, and
/// removes a half-written file. A signal that was ignored before (nohup, a shell's background job)
/// stays ignored.
void handle_stop_signals();

/// Ignores these signals: for a process whose parent decides when it ends.
void ignore_stop_signals();

/// Returns the number of the signal that was noted; 0: none.
int stop_signal();

/// Returns the name of the signal that was noted, such as "SIGINT"; empty: none.
std::string stop_name();

/// Notes a signal as if it had come: for code that takes signals from a file (signalfd).
void note_stop(int signal);

/// Returns a file descriptor for poll(), readable once a signal is noted; -1 before
/// handle_stop_signals().
int stop_fd();

/// Thrown by work whose partial result is useless once a signal was noted.
struct Stopped {};

/// While an object of this class lives, the first signal is only noted. A second one ends the
/// process.
class GentleStop {
 public:
  GentleStop();
  ~GentleStop();
  GentleStop(const GentleStop&) = delete;
  GentleStop& operator=(const GentleStop&) = delete;
};

/// A file that is written beside its final place. It is removed when a signal ends the process, and
/// by the destructor unless `renamed`. One at a time.
struct Unfinished {
  explicit Unfinished(std::string file);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  std::string path;
  bool renamed = false;
};

}  // namespace cpuhp
