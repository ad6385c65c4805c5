// How long writers of cpu_hotplug_lock waited for its readers, and readers for writers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// One wait for the lock.
struct LockStall {
  Ns begin{}, length{};
  CpuId on = kNoCpu;   ///< CPU on which the task began to wait
  CpuId cpu = kNoCpu;  ///< CPU for whose bring-up or takedown it waited. Of a reader: `on`
  std::optional<std::uint16_t> reader;  ///< number of the scenario's reader that waited
  /// Number of the scenario's reader that let go last before a writer's wait was over.
  std::optional<std::uint16_t> behind_reader;
  CpuId behind_cpu = kNoCpu;  ///< of a reader's wait: CPU for which the last writer held the lock
};

struct StallSum {
  std::uint64_t count = 0;
  Ns sum{};
  LockStall longest;

  void add(const LockStall& stall);
};

/// The waits of both sides.
struct StallsOf {
  StallSum writers, readers;
};

struct LockStalls {
  StallsOf all;
  /// By operation: waits that ended while it was the latest one to begin. Operations without waits
  /// are left out.
  std::map<std::uint16_t, StallsOf> operations;
  std::map<std::uint16_t, StallSum> each_reader;  ///< by number; those without waits are left out
};

/// Collects the waits of a run, whose stream may come in parts.
class StallsOfRun {
 public:
  void take(const EventStream& part);
  /// Returns the waits of the run. One that never ended counts up to `end`.
  LockStalls finish(Ns end);

 private:
  using Task = std::pair<Role, CpuId>;

  void see(const Event& e);
  void add(LockStall stall, bool reads);

  LockStalls stalls_;
  std::map<Task, LockStall> waiting_;
  std::optional<std::uint16_t>
      last_reader_;  ///< let go last; while there are some inside: one of them
  CpuId last_writer_ = kNoCpu;
  std::uint16_t operation_ = 0;
};

}  // namespace cpuhp
