// A command that sees the live machine's files in place of the host's, in namespaces of its own:
// other processes do not see them, and nothing is left when it ends.
//
// The child makes the mount and hands /dev/fuse over. This process stays outside, since it would
// wait for itself if it ever read one of those files. The command starts when the files are in
// place, and never without them.
// place, and never without.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace cpuhp {

struct PrivateCommandOptions {
  bool uevents = false;  ///< adds a network namespace, whose uevents are the machine's
};

class PrivateCommand {
 public:
  /// Throws BadInput when this process lacks the rights or the device.
  PrivateCommand(const std::vector<std::string>& words, const PrivateCommandOptions& options);
  /// Ends the command, if it still runs.
  ~PrivateCommand();
  PrivateCommand(const PrivateCommand&) = delete;
  PrivateCommand& operator=(const PrivateCommand&) = delete;

  /// Returns /dev/fuse, mounted in that namespace. FuseDoor closes it.
  int device() const { return device_; }
  /// Returns a socket for uevents to the namespace's listeners; -1 without.
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
