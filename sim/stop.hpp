// The signals that end a command: SIGINT (Ctrl-C), SIGTERM and SIGHUP.
//
//   handle_stop_signals();     // from now on each signal ends the process after a cleanup
//   const GentleStop gentle;   // while this lives, the first signal is only noted
//   int left = 1'000;
//   while (stop_signal() == 0 && left > 0) --left;
#pragma once

#include <string>

namespace cpuhp {

/// Installs a handler for SIGINT, SIGTERM and SIGHUP. Each of them then removes an Unfinished file,
/// and ends the process immediately with exit code 128 + its number. A signal that was ignored
/// before (by nohup, or by a shell for a background job) stays ignored.
void handle_stop_signals();

/// Ignores SIGINT, SIGTERM and SIGHUP, for a process that its parent ends.
void ignore_stop_signals();

/// Returns the number of the noted signal; 0: none.
int stop_signal();

/// Returns the name of the noted signal, such as "SIGINT"; empty: none.
std::string stop_name();

/// Notes a signal as the handler does, for code that reads signals from a signalfd.
void note_stop(int signal);

/// Returns a file descriptor for poll(), readable once a signal is noted; -1 before
/// handle_stop_signals().
int stop_fd();

/// Thrown after a signal was noted, by work whose partial result is useless.
struct Stopped {};

/// While such an object exists, the first signal is only noted. A second signal ends the process.
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
