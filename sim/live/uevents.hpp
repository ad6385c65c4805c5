// Sends a kernel's uevents for CPU devices (`online@/devices/system/cpu/cpu3`) to a network
// namespace. They never go to the host's namespace, where udev would take them for real.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/live/session.hpp"

namespace cpuhp {

class Uevents {
 public:
  /// `socket`: a NETLINK_KOBJECT_UEVENT socket of the network namespace that gets the uevents.
  explicit Uevents(int socket) : socket_(socket) {}
  /// Sends a message for each simulated uevent since the last call.
  void tell(const Session& session);

 private:
  void send(CpuId cpu, const std::string& action) const;

  int socket_;
  std::vector<std::size_t> seen_;  ///< by CPU: number of events handled so far
};

}  // namespace cpuhp
