// The signals that end a command: SIGINT (Ctrl-C), SIGTERM and SIGHUP.
//
//   handle_stop_signals();     // from here on each of them ends the process, cleanly
//   const GentleStop gentle;   // while this lives, the first signal is only noted
//   int left = 1'000;
//   while (stop_signal() == 0 && left > 0) --left;
#pragma once

#include <string>

namespace cpuhp {

/// Installs a handler: each of these signals then ends this process at once with exit code 128 +
/// its number, and removes an Unfinished file. A signal that was ignored before (by nohup, or by a
/// shell for a background job) stays ignored.
void handle_stop_signals();

/// Ignores these signals: for a process whose parent decides when it ends.
void ignore_stop_signals();

/// Returns the number of the signal that was noted; 0: none.
int stop_signal();

/// Returns the name of the signal that was noted, such as "SIGINT"; empty: none.
std::string stop_name();

/// Notes a signal as if the handler had run, for code that reads signals from a signalfd.
void note_stop(int signal);

/// Returns a file descriptor for poll(), readable once a signal is noted; -1 before
/// handle_stop_signals().
int stop_fd();

/// Thrown by work whose partial result is useless once a signal was noted.
struct Stopped {};

/// While an object of this class lives, the first signal is only noted. A second signal ends the
/// process.
class GentleStop {
 public:
  GentleStop();
  ~GentleStop();
  GentleStop(const GentleStop&) = delete;
  GentleStop& operator=(const GentleStop&) = delete;
};

/// A temporary file that is renamed when it is complete. It is removed when a signal ends the
/// process, and by the destructor unless `renamed`. At most one object may exist.
struct Unfinished {
  explicit Unfinished(std::string file);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  std::string path;
  bool renamed = false;
};

}  // namespace cpuhp
