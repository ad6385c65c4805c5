// Runs a command for which the live machine's files take the place of the host's files. It has
// namespaces of its own, so other processes do not see these files, and no mount remains at its
// end.
//
// The child process mounts, and passes /dev/fuse to this process. This process stays outside of the
// namespaces, because reading one of the files would make it wait for itself. The command starts
// only when all files are in place.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace cpuhp {

struct PrivateCommandOptions {
  bool uevents = false;  ///< adds a network namespace, to which the machine's uevents are sent
};

class PrivateCommand {
 public:
  /// Starts the command. Throws BadInput when this process lacks the rights, or /dev/fuse.
  PrivateCommand(const std::vector<std::string>& words, const PrivateCommandOptions& options);
  /// Ends the command (SIGTERM) if it still runs.
  ~PrivateCommand();
  PrivateCommand(const PrivateCommand&) = delete;
  PrivateCommand& operator=(const PrivateCommand&) = delete;

  /// Returns the open /dev/fuse of the mount in the command's namespace. FuseDoor closes it.
  int device() const { return device_; }
  /// Returns a socket for uevents in the namespace; -1 without `uevents`.
  int uevent_socket() const { return uevent_socket_; }
  /// Handles a signal to this process. Returns false when the command has ended.
  bool signalled(int signal);
  /// Waits until the command ends. Returns its exit code, or 128 + N if signal N ended it, as in a
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
