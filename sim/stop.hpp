// The signals that end a command: SIGINT (Ctrl-C), SIGTERM and SIGHUP.
//
//   handle_stop_signals();     // from now on each signal ends the process after a cleanup
//   const GentleStop gentle;   // while this lives, the first signal only sets stop_signal()
//   int left = 1'000;
//   while (stop_signal() == 0 && left > 0) --left;
#pragma once

#include <string>

namespace cpuhp {

/// Installs a handler for the stop signals: SIGINT, SIGTERM and SIGHUP. Each then removes an
/// Unfinished file, and ends the process immediately with exit code 128 + its number. A signal that
/// was ignored before (by nohup, or by a shell for a background job) stays ignored.
void handle_stop_signals();

/// Ignores SIGINT, SIGTERM and SIGHUP. For a child process, which only its parent is to end.
void ignore_stop_signals();

/// Returns the stop signal that came while a GentleStop kept the process alive; 0: none.
int stop_signal();

/// Returns the name of stop_signal(), such as "SIGINT"; empty: none.
std::string stop_name();

/// Sets stop_signal(), as the handler does. For code that reads signals from a signalfd.
void note_stop(int signal);

/// Returns a file descriptor for poll(). It becomes readable when stop_signal() is set. -1 before
/// handle_stop_signals().
int stop_fd();

/// Work whose partial result is useless throws this when it finds stop_signal() set.
struct Stopped {};

/// While such an object exists, the first stop signal does not end the process, but only sets
/// stop_signal(). A second signal ends the process.
class GentleStop {
 public:
  GentleStop();
  ~GentleStop();
  GentleStop(const GentleStop&) = delete;
  GentleStop& operator=(const GentleStop&) = delete;
};

/// A temporary file that will be renamed when it is complete. A signal that ends the process
/// removes the file, and so does the destructor unless `renamed`. At most one such object may
/// exist.
struct Unfinished {
  explicit Unfinished(std::string file);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  std::string path;
  bool renamed = false;
};

}  // namespace cpuhp
