// Sends the uevents that a kernel sends about CPU devices (`online@/devices/system/cpu/cpu3`) to a
// network namespace, never to that of the host: the host's udev would believe them.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/live/session.hpp"

namespace cpuhp {

class Uevents {
 public:
  /// `socket`: a socket of NETLINK_KOBJECT_UEVENT that was opened in the namespace.
  explicit Uevents(int socket) : socket_(socket) {}
  /// Sends uevents for everything that has happened since the last call.
  void tell(const Session& session);

 private:
  void send(CpuId cpu, const std::string& action) const;

  int socket_;
  std::vector<std::size_t> seen_;  ///< number of handled events of each CPU
};

}  // namespace cpuhp
