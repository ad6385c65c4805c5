// A reader of a scenario: a task that takes a lock as a reader, again and again, beside the
// operations. model/hotplug/readers.hpp has what it does.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "model/costs.hpp"
#include "model/cpumask.hpp"
#include "model/ns.hpp"
#include "model/rows.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

enum class ReaderLock : std::uint8_t { CpuHotplugLock, Rcu };

inline constexpr std::array<Named<ReaderLock>, 2> kReaderLocks{{
    {ReaderLock::CpuHotplugLock, "cpu_hotplug_lock",
     "cpus_read_lock(): bring-ups and takedowns wait for the reader, and it waits for them"},
    {ReaderLock::Rcu, "rcu",
     "rcu_read_lock(): grace periods wait for the reader, which waits for nobody; one that does "
     "not "
     "`work` was preempted"},
}};
static_assert(in_order(kReaderLocks));

/// Names a callback: a state, and a direction.
struct CallbackOf {
  StateId state = -1;  ///< number in the table, or declared_id()
  Direction direction = Direction::Up;
  bool operator==(const CallbackOf&) const = default;
};

struct LockReader {
  static constexpr std::uint32_t kNoEnd = std::numeric_limits<std::uint32_t>::max();

  std::string name;  ///< no other reader of the scenario has it
  ReaderLock lock = ReaderLock::CpuHotplugLock;
  CpuId cpu = kNoCpu;  ///< CPU on which it begins; kNoCpu: the boot CPU
  Dist every;          ///< time between two rounds
  /// Time for which it holds the lock in each round; no value: it never lets go.
  std::optional<Dist> hold = Dist{};
  bool work = false;       ///< it holds the lock working, and not asleep
  std::optional<Ns> from;  ///< date of its begin; no value: the end of the boot
  std::uint32_t rounds = kNoEnd;
  /// The callback that has the reader do a round at once, and waits for its end. kernel:
  /// flush_work().
  std::optional<CallbackOf> flushed_by;
};

}  // namespace cpuhp
