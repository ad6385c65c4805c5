// Sends a kernel's uevents about CPU devices (`online@/devices/system/cpu/cpu3` and so on) to a
// network namespace. Never to the host's own: its udev would believe them.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/live/session.hpp"

namespace cpuhp {

class Uevents {
 public:
  /// `socket`: one of NETLINK_KOBJECT_UEVENT that was opened in that namespace.
  explicit Uevents(int socket) : socket_(socket) {}
  /// Sends uevents for everything that has happened since the last call.
  void tell(const Session& session);

 private:
  void send(CpuId cpu, const std::string& action) const;

  int socket_;
  std::vector<std::size_t> seen_;  ///< number of events of each CPU that were handled
};

}  // namespace cpuhp
