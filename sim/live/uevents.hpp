// Tells a network namespace what a kernel would tell user space of a CPU's device:
// `online@/devices/ system/cpu/cpu3` and so on. Never the host's own: its udev would believe it.
//
//   Uevents uevents(command.uevent_socket());
//   uevents.tell(session);                     // what has happened since the last time
#pragma once

#include <cstddef>
#include <vector>

#include "sim/live/session.hpp"

namespace cpuhp {

class Uevents {
 public:
  /// A socket of NETLINK_KOBJECT_UEVENT that was opened in that namespace.
  explicit Uevents(int socket) : socket_(socket) {}
  void tell(const Session& session);

 private:
  void send(CpuId cpu, const std::string& action) const;

  int socket_;
  std::vector<std::size_t> seen_;  ///< events of each CPU
};

}  // namespace cpuhp
