// The holders of the lock that a hung task waits for.
#pragma once

#include <vector>

#include "model/events.hpp"

namespace cpuhp {

struct LockHolder {
  CpuId on = kNoCpu;  ///< CPU that the holder runs on
  Role role = Role::Other;
  CpuId cpu = kNoCpu;   ///< CPU that it works for
  bool shared = false;  ///< holds it as a reader
  Ns since{};           ///< date at which it got the lock
};

/// Returns the lock's holders at the end of the stream, by the date at which they got it; none when
/// `lock` is no lock.
std::vector<LockHolder> lock_holders(const EventStream& stream, NameId lock);

}  // namespace cpuhp
