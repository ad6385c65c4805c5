// Finds the holders of the lock for which a hung task waits.
#pragma once

#include <vector>

#include "model/events.hpp"

namespace cpuhp {

struct LockHolder {
  CpuId on = kNoCpu;  ///< CPU on which the holder runs
  Role role = Role::Other;
  CpuId cpu = kNoCpu;   ///< CPU on whose behalf it holds the lock
  bool shared = false;  ///< it holds the lock as a reader
  Ns since{};           ///< date at which it got the lock
};

/// Returns the holders of the lock at the end of the stream, in the order in which they got it.
/// Returns none when `lock` is not the name of a lock.
std::vector<LockHolder> lock_holders(const EventStream& stream, NameId lock);

}  // namespace cpuhp
