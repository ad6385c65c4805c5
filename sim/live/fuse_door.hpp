// The live machine as a mounted folder (FUSE): the tree of tree.hpp, with sysfs's own manners, to
// the errno (docs/reference/live.md).
//
//   FuseDoor door({.folder = "/tmp/m"});                // mounted; BadInput when it can't be
//   Session session(door, config, {});
//   simulator.run(config, {.outside = &session});       // until it is unmounted, SIGINT or SIGTERM
//
// One thread: a request is taken from the kernel when the machine has nothing left to do, or, with
// a pace, between two of its events.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sim/live/session.hpp"

namespace cpuhp {

struct FuseOptions {
  std::string folder;         ///< an empty one
  std::optional<int> device;  ///< or: /dev/fuse, already mounted by somebody else
  uid_t uid = 0;              ///< whose the files are
  gid_t gid = 0;
  bool allow_other = false;
  /// Once, when the machine is ready: before the first request is taken.
  std::function<void()> ready = {};
  /// Before a write is answered.
  std::function<void(Session&)> before_answer = {};
  /// A signal came (SIGINT, SIGTERM, SIGHUP, SIGCHLD). False: the session ends. Without: it ends.
  std::function<bool(int)> signalled = {};
};

class FuseDoor final : public Door {
 public:
  explicit FuseDoor(FuseOptions options);
  /// Unmounts.
  ~FuseDoor() override;
  bool serve(Session& session, int wait_ms) override;
  void look(Session& session) override;

 private:
  struct Mounted;
  std::unique_ptr<Mounted> mounted_;
};

}  // namespace cpuhp
