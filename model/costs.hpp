// The costs of one machine: per state and direction, and per phase outside of the callbacks. They
// are read from a cost profile.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cpumask.hpp"
#include "model/ns.hpp"
#include "model/phases.hpp"
#include "model/random.hpp"
#include "model/rows.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

enum class Direction : std::uint8_t { Up = 0, Down = 1 };

/// The durations that one traced run of a machine had, by CPU. Each CPU has a list by occurrence:
/// the number of its bring-ups and takedowns so far, this one included, from 1 on. An occurrence has
/// one duration, or one for each instance of a multi-instance state, by the instance's number.
struct TracedDurations {
  std::map<CpuId, std::vector<std::vector<Ns>>> by_cpu;  ///< an empty list: nothing was seen

  std::optional<Ns> find(CpuId cpu, std::uint32_t occurrence, std::size_t instance) const {
    const auto found = by_cpu.find(cpu);
    if (found == by_cpu.end() || occurrence == 0 || occurrence > found->second.size()) return {};
    const std::vector<Ns>& instances = found->second[occurrence - 1];
    return instance < instances.size() ? std::optional(instances[instance]) : std::nullopt;
  }
  bool operator==(const TracedDurations&) const = default;
};

/// A random distribution of durations, computed with integers only. Its quantiles are evenly spaced
/// from 0 % to 100 %, and it is linear between them. One quantile means a fixed value, two mean a
/// uniform range, more an empirical distribution.
struct Dist {
  std::vector<Ns> quantiles;  ///< ascending; empty: 0
  std::shared_ptr<const TracedDurations>
      measured;  ///< nullptr: nothing was seen; see CostProfile::replay

  static Dist fixed(Ns d) { return d == Ns{} ? Dist{} : Dist{.quantiles = {d}, .measured = {}}; }
  bool is_nothing() const {
    return measured == nullptr &&
           std::all_of(quantiles.begin(), quantiles.end(), [](Ns q) { return q == Ns{}; });
  }
  bool is_fixed() const { return quantiles.size() <= 1; }
  /// True when no duration but 0 is possible.
  bool is_empty() const { return quantiles.empty() && measured == nullptr; }
  Ns draw(std::uint64_t bits) const {
    if (quantiles.empty()) return {};
    if (quantiles.size() == 1) return quantiles.front();
    // The high part of the product chooses the segment, the low part the position in the segment.
    const auto scaled = static_cast<u128>(bits) * (quantiles.size() - 1);
    const auto segment = static_cast<std::size_t>(scaled >> 64);
    const Ns lo = quantiles[segment];
    return lo + Ns{scale_bits(static_cast<std::uint64_t>(scaled), (quantiles[segment + 1] - lo).v)};
  }
  /// Returns the random duration for the key. A fixed duration needs no random number.
  Ns draw(const DrawKey& key) const {
    if (is_fixed()) return quantiles.empty() ? Ns{} : quantiles.front();
    return draw(draw_bits(key));
  }
  Ns mean() const;
  bool operator==(const Dist&) const = default;
};

/// The condition under which a part of a cost applies. Core::applies() decides.
enum class When : std::uint8_t {
  Always,
  Primary,
  Secondary,
  FirstOfSocket,
  FirstSibling,
  RemoteNode,
  First,
  Again,
};

inline constexpr std::array<Named<When>, 8> kWhens{{
    {When::Always, "always", ""},
    {When::Primary, "primary", "the CPU is the first thread of its core"},
    {When::Secondary, "secondary", "the CPU is not the first thread of its core"},
    {When::FirstOfSocket, "first_of_socket", "no other CPU of its socket is online yet"},
    // The kernel switches sched_smt_present on when this CPU comes up.
    {When::FirstSibling, "first_sibling",
     "the machine's first CPU whose core already has an online thread"},
    {When::RemoteNode, "remote_node", "the CPU is on another NUMA node than the boot CPU"},
    // Threads, ring buffers and pools are made once, microcode is loaded once.
    {When::First, "first", "it is the CPU's first bring-up since power-on"},
    {When::Again, "again", "it is a later bring-up of the CPU, or a takedown"},
}};
static_assert(in_order(kWhens));

/// Number of a machine-wide lock: its index in CostProfile::lock_names; kNoLock: none.
using LockId = std::int16_t;
inline constexpr LockId kNoLock = -1;

/// One part of a cost.
struct CostPart {
  When when = When::Always;
  Dist work;        ///< CPU time of the executing CPU
  Dist wait;        ///< time for which the task sleeps, so that the CPU is free
  Ns per_online{};  ///< further CPU work for every online CPU
  /// Further CPU work, times the square of the number of online CPUs (docs/kernel.md 9.7).
  Ns per_online_squared{};
  LockId lock = kNoLock;  ///< lock held for this part; a task spins for a raw lock

  /// True when the part is CPU work only, and always applies.
  bool is_plain() const {
    return when == When::Always && lock == kNoLock && wait.is_empty() && per_online == Ns{} &&
           per_online_squared == Ns{};
  }
  bool operator==(const CostPart&) const = default;
};

/// A cost. Its parts, usually one, are paid one after the other.
struct Cost {
  std::vector<CostPart> parts;
  static Cost fixed(Ns work) {
    return work == Ns{} ? Cost{} : Cost{{CostPart{.work = Dist::fixed(work)}}};
  }
  /// True when the cost is always 0, and has no wait.
  bool is_nothing() const;
  /// Returns the mean CPU work of all parts, as if no part had a condition or depended on the
  /// number of CPUs.
  Ns mean_work() const;
  bool operator==(const Cost&) const = default;
};

/// Machine-wide locks that the hotplug core takes. A profile may add further locks.
inline constexpr std::array<std::string_view, 9> kCoreLocks{
    "device_hotplug_lock", "cpu_add_remove_lock", "cpu_hotplug_lock",
    "cpuhp_state_mutex",   "sparse_irq_lock",     "kthreadd",
    "workqueue_pool",      "text_mutex",          "tsc_partner"};
inline constexpr LockId kDeviceHotplugLock = 0, kCpuAddRemoveLock = 1, kCpuHotplugLock = 2,
                        kCpuhpStateMutex = 3, kSparseIrqLock = 4, kKthreadd = 5, kWorkqueuePool = 6,
                        kTextMutex = 7, kTscPartner = 8;

/// The run that Dist::measured is from. A run of the same number of CPUs with this seed takes these
/// durations, any other draws from the quantiles.
struct TracedRun {
  CpuId cpus = 0;
  std::uint64_t seed = 1;
  bool operator==(const TracedRun&) const = default;
};

using PhaseCosts = std::array<Cost, kPhases>;

class CostProfile {
 public:
  /// Gives every phase its default (a modern bare-metal x86: docs/kernel.md 5.3) and every callback
  /// `step_default`.
  CostProfile();

  std::string name = "default";
  std::string source;
  /// Costs of callbacks that the profile does not name, [up, down]. Default: 1 us.
  std::array<Cost, 2> step_default{Cost::fixed(1_us), Cost::fixed(1_us)};
  PhaseCosts phases;
  std::vector<std::string> lock_names;  ///< kCoreLocks first
  std::vector<LockId> raw_locks;        ///< locks that spin; all others sleep
  std::optional<TracedRun> replay;      ///< no value: nothing was seen

  const Cost& phase(Phase p) const { return phases[static_cast<std::size_t>(p)]; }
  Cost& phase(Phase p) { return phases[static_cast<std::size_t>(p)]; }
  const Cost& step(StateId id, Direction d) const {
    const auto side = static_cast<std::size_t>(d);
    const auto index = static_cast<std::size_t>(id);
    return index < steps_[side].size() && named_[side][index] ? steps_[side][index]
                                                              : step_default[side];
  }
  void set_step(StateId id, Direction d, Cost cost);
  /// Returns the index of the lock with that name, after adding it when it is new.
  LockId lock(std::string_view name);
  bool is_raw(LockId lock) const {
    return std::find(raw_locks.begin(), raw_locks.end(), lock) != raw_locks.end();
  }
  /// True when `cost` is the default for callbacks that the profile does not name. Compares
  /// addresses, so `cost` must be a reference returned by step().
  bool is_default(const Cost& cost) const {
    return &cost == &step_default[0] || &cost == &step_default[1];
  }

 private:
  std::array<std::vector<Cost>, 2> steps_;
  std::array<std::vector<std::uint8_t>, 2> named_;
};

}  // namespace cpuhp
