// Finds the tasks that hold the lock for which a hung task waits.
#pragma once

#include <cstdint>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

struct LockHolder {
  CpuId on = kNoCpu;  ///< CPU on which the holder runs
  Role role = Role::Other;
  CpuId cpu = kNoCpu;        ///< CPU for whose bring-up or takedown it holds the lock
  bool shared = false;       ///< it holds the lock as a reader
  Ns since{};                ///< when it got the lock
  std::uint16_t reader = 0;  ///< Role::Reader: its number
};

/// Returns the tasks that hold the lock at the end of the stream, in the order in which they got
/// it. Returns none when `lock` is not the name of a lock.
std::vector<LockHolder> lock_holders(const EventStream& stream, NameId lock);

}  // namespace cpuhp
