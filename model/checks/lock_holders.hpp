// The holders of the lock that a hung task waits for.
//
//   for (const LockHolder& h : lock_holders(result.stream, task.wait.what)) ...
#pragma once

#include <vector>

#include "model/events.hpp"

namespace cpuhp {

struct LockHolder {
  CpuId on = kNoCpu;  ///< the CPU that it runs on
  Role role = Role::Other;
  CpuId cpu = kNoCpu;   ///< the CPU that it works for
  bool shared = false;  ///< as a reader
  Ns since{};           ///< date
};

/// Its holders at the end of the stream, by the date at which they got it; none where it is
/// no lock.
std::vector<LockHolder> lock_holders(const EventStream& stream, NameId lock);

}  // namespace cpuhp
