// The signals that end a command: SIGINT (Ctrl-C), SIGTERM and SIGHUP.
//
//   handle_stop_signals();          // from here on each of them ends the process, cleanly
//   ...
//   const GentleStop gentle;        // something is complete: the first one is only noted
//   while (stop_signal() == 0 && more()) work();
//   return stop_signal() == 0 ? code : 128 + stop_signal();
#pragma once

#include <string>

namespace cpuhp {

/// From now on each of them ends this process at once with exit code 128 + its number; a file that
/// is half written goes with it. What was ignored before (nohup, a shell's background job) stays
/// so.
void handle_stop_signals();

/// In a process whose parent decides when it ends.
void ignore_stop_signals();

/// The number of the signal that was noted; 0: none was.
int stop_signal();

/// "SIGINT"; empty: none was noted.
std::string stop_name();

/// As if it had come: for who takes signals from a file (signalfd).
void note_stop(int signal);

/// Becomes readable when a signal is noted, for poll(); -1 before handle_stop_signals().
int stop_fd();

/// Thrown by work whose part is of no use once a signal was noted.
struct Stopped {};

/// While one lives, the first signal is noted and does nothing else. A second one ends the process.
class GentleStop {
 public:
  GentleStop();
  ~GentleStop();
  GentleStop(const GentleStop&) = delete;
  GentleStop& operator=(const GentleStop&) = delete;
};

/// A file that is written beside its place: it goes when the process is ended, and when this goes
/// without `renamed`. One at a time.
struct Unfinished {
  explicit Unfinished(std::string file);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  std::string path;
  bool renamed = false;
};

}  // namespace cpuhp
