// A command that sees the live machine's files in place of the host's files. It runs in its own
// namespaces: other processes do not see these files, and no mount remains when the command ends.
//
// The child process mounts and passes /dev/fuse to this process. This process stays outside of the
// namespaces: if it read one of the files, it would wait for itself. The command starts only when
// the files are in place.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace cpuhp {

struct PrivateCommandOptions {
  bool uevents = false;  ///< adds a network namespace that gets the machine's uevents
};

class PrivateCommand {
 public:
  /// Throws BadInput when this process lacks the rights or the device.
  PrivateCommand(const std::vector<std::string>& words, const PrivateCommandOptions& options);
  /// Ends the command, if it still runs.
  ~PrivateCommand();
  PrivateCommand(const PrivateCommand&) = delete;
  PrivateCommand& operator=(const PrivateCommand&) = delete;

  /// Returns /dev/fuse, mounted in the command's namespace. FuseDoor closes it.
  int device() const { return device_; }
  /// Returns a socket that sends uevents to listeners in the namespace; -1 without `uevents`.
  int uevent_socket() const { return uevent_socket_; }
  /// Handles a signal for this process. Returns false when the command has ended.
  bool signalled(int signal);
  /// Waits for the command's end. Returns its exit code; 128 + N if signal N ended it, as in a
  /// shell.
  int exit_code();

 private:
  bool reap(int flags);

  pid_t child_ = -1;
  int device_ = -1;
  int uevent_socket_ = -1;
  int exit_code_ = 0;
};

}  // namespace cpuhp
