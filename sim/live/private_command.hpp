// A command that sees the live machine's files in place of the host's, in namespaces of its own:
// nobody else sees them, and nothing is left when it ends.
//
//   PrivateCommand command({"lscpu", "-e"}, {.uevents = false});
//   FuseDoor door({.device = command.device(), .signalled = ...});
//   simulator.run(config, {.outside = &session});
//   command.exit_code();
//
// The child makes the mount and hands /dev/fuse over: this process stays where it is, since it
// would wait for itself if it ever read one of those files. The command starts when they are in
// place, and never without.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace cpuhp {

struct PrivateCommandOptions {
  bool uevents = false;  ///< a network namespace, too, whose uevents are the machine's
};

class PrivateCommand {
 public:
  /// Throws BadInput when this process lacks the rights or the device.
  PrivateCommand(const std::vector<std::string>& words, const PrivateCommandOptions& options);
  /// Ends the command, if it still runs.
  ~PrivateCommand();
  PrivateCommand(const PrivateCommand&) = delete;
  PrivateCommand& operator=(const PrivateCommand&) = delete;

  /// /dev/fuse, mounted there. FuseDoor closes it.
  int device() const { return device_; }
  /// A socket that tells the namespace's listeners; -1 without.
  int uevent_socket() const { return uevent_socket_; }
  /// A signal for this process. False: the command has ended.
  bool signalled(int signal);
  /// Waits for its end. Its code as a shell has it: 128 and the signal's number if one ended it.
  int exit_code();

 private:
  bool reap(int flags);

  pid_t child_ = -1;
  int device_ = -1;
  int uevent_socket_ = -1;
  int exit_code_ = 0;
};

}  // namespace cpuhp
