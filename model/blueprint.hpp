// Machines of one configuration share a Blueprint. It is computed once, because a campaign runs
// thousands of machines that differ only in faults, operations and seeds.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "model/config.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// A kind of work that is queued on a CPU, and that a dying CPU has to hand over.
enum class Owned : std::uint8_t { Hrtimers, Timers, FunctionCalls };
inline constexpr std::size_t kOwned = 3;
inline constexpr std::array<std::string_view, kOwned> kOwnedNames{"hrtimers", "timers",
                                                                  "function calls"};

/// The numbers of the names that every run uses.
struct FixedNames {
  std::array<NameId, kPhases> phases{};
  std::vector<NameId> locks;  ///< in the order of CostProfile::lock_names
  NameId online = 0;
  NameId done_up = 0, done_down = 0, alive = 0, callin = 0, came_up = 0, dead = 0, wait_empty = 0;
  NameId kick_ap_work = 0, active = 0, dying = 0, cpuhp = 0, stopper = 0, idle_dead = 0, tsc = 0,
         smpboot = 0, rcu = 0, cpusets = 0, idle_mm = 0, fail = 0;
  std::array<NameId, kOwned> owned{};
  std::array<NameId, kOpKinds> operations{};
  NameId all_finished = 0, finished = 0;  ///< names of the asynchronous design
};

/// A state of the table, with what is needed to call its callbacks. A name of 0 means that the
/// state has no callback in that direction.
struct StateSlot {
  NameId startup = 0, teardown = 0;
  StateId key = 0;         ///< number that costs and faults use for this state
  bool core_user = false;  ///< the model itself does part of what the callbacks do
  bool multi = false;      ///< a multi-instance state
  /// The lowest number of a state with a startup, from this state on; when there is none, one past
  /// the table.
  StateId next_up = 0;
  /// The highest number of a state with a teardown, up to this state; when there is none, -1.
  StateId next_down = 0;
  NameId symbol(bool bringup) const { return bringup ? startup : teardown; }
  bool operator==(const StateSlot&) const = default;
};
/// Computes `next_up` and `next_down`. Has to be called after callbacks were added or removed.
void link_slots(std::vector<StateSlot>& slots);

/// Cost of a callback that only spends CPU time: uniformly distributed in [least, least + range].
struct PlainWork {
  Ns least{};
  std::int64_t range = -1;  ///< -1: the cost is of another kind
};

/// The states that are registered.
struct States {
  StateTable table;
  std::vector<StateSlot> slots;  ///< by the state's number
  /// By the state's number: the instances of a multi-instance state, in list order.
  std::vector<std::vector<InstanceId>> instances;
  bool operator==(const States&) const = default;
};

/// Its states are those of the configured table, also those that only a Setup installs.
struct Blueprint : States {
  /// Uses the configuration's table, rules, declared states, topology, readers and its costs' locks.
  /// Does not use its faults, operations, seed and jitter.
  explicit Blueprint(const MachineConfig& config);

  Rules rules;
  std::vector<std::vector<CpuId>> cores;  ///< the CPUs of each core, by the index in `core_of`
  std::vector<std::uint32_t> core_of;     ///< by CPU: index into `cores`
  /// States whose startups create the sysfs directories cpuN/topology and cpuN/cache; -1: none.
  StateId topology_from = -1;
  StateId caches_from = -1;
  /// State whose callbacks set and clear the CPU in perf's mask, while the CPU is not online. -1:
  /// none, and no event shows the mask.
  StateId marks_perf = -1;
  StateId takes_hotplug_lock = -1;  ///< state whose startup calls cpus_read_lock(); -1: none
  std::array<std::vector<PlainWork>, 2> plain_work;  ///< by Direction and the state's number
  /// Notifier design: the chains in the order of calls, by section and direction.
  std::map<std::pair<Section, bool>, std::vector<StateId>> chains;
  FixedNames name;
  std::shared_ptr<const Names> names;  ///< in the order in which a run first uses them
};

}  // namespace cpuhp
