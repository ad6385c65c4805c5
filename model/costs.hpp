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
  Running,
  Frozen,
  LastThawed,
  SeveralCores,
  SeveralSockets,
  SeveralNodes,
  LastOfCore,
  EdgeOfNode,
  CrashKernel,
};

inline constexpr std::array<Named<When>, 17> kWhens{{
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
    {When::Running, "running", "the machine neither boots, nor suspends or resumes"},
    {When::Frozen, "frozen", "the machine suspends or resumes: tasks are frozen"},
    // This bring-up restores the cpusets (docs/kernel.md 5.4).
    {When::LastThawed, "last_thawed", "the CPU is the last one that a resume brings up"},
    {When::SeveralCores, "several_cores", "the online CPUs are on two or more cores"},
    {When::SeveralSockets, "several_sockets", "the online CPUs are on two or more sockets"},
    {When::SeveralNodes, "several_nodes", "the online CPUs are on two or more NUMA nodes"},
    // Another CPU has to take over counters that this CPU reads for the core.
    {When::LastOfCore, "last_of_core", "no other CPU of the core is online"},
    {When::EdgeOfNode, "edge_of_node", "no other CPU of the NUMA node is online"},
    {When::CrashKernel, "crash_kernel", "a crash kernel is loaded (`crash_kernel` of the machine)"},
}};
static_assert(in_order(kWhens));

/// Conditions that all have to hold; none: always.
class Whens {
 public:
  constexpr Whens() = default;
  constexpr Whens(When when) {  // NOLINT(google-explicit-constructor): one is a set of one
    add(when);
  }
  constexpr void add(When when) {
    if (when != When::Always) bits_ |= 1u << static_cast<unsigned>(when);
  }
  constexpr bool always() const { return bits_ == 0; }
  constexpr bool has(When when) const { return (bits_ >> static_cast<unsigned>(when) & 1u) != 0; }
  bool operator==(const Whens&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

/// Number of a machine-wide lock: its index in CostProfile::lock_names; kNoLock: none.
using LockId = std::int16_t;
inline constexpr LockId kNoLock = -1;

/// One part of a cost.
struct CostPart {
  Whens when;
  Dist work;        ///< CPU time of the executing CPU
  Dist wait;        ///< time for which the task sleeps, so that the CPU is free
  Ns per_online{};  ///< further CPU work for every online CPU
  /// Further CPU work, times the square of the number of online CPUs (docs/kernel.md 9.7).
  Ns per_online_squared{};
  Ns per_interrupt{};  ///< further CPU work for every interrupt that is routed to the CPU
  /// Thousandths of an RCU grace period for which the task waits: the mean, each wait is for a whole
  /// number of them, one after the other.
  std::uint32_t grace_periods_permille = 0;
  LockId lock = kNoLock;  ///< lock held for this part; a task spins for a raw lock

  /// True when the part is CPU work only, and always applies.
  bool is_plain() const {
    return when.always() && lock == kNoLock && wait.is_empty() && per_online == Ns{} &&
           per_online_squared == Ns{} && per_interrupt == Ns{} && grace_periods_permille == 0;
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

/// A cost of the default profile that grows with the machine. None was measured: each is a guess of
/// the magnitude on x86, for lack of a published figure (docs/validation.md, "Hotplug at run time").
struct SizeLaw {
  Phase phase;
  Ns wait;
  Ns per_online;
  Ns per_online_squared;
  Ns per_interrupt;
  std::string_view why;
};
inline constexpr std::array<SizeLaw, 4> kSizeLaws{{
    {Phase::StopMachine, {}, 100_ns, {}, {}, "each CPU acknowledges in one word that all share"},
    {Phase::IrqMigrate, {}, {}, {}, 1_us, "each interrupt is given another CPU by itself"},
    {Phase::RcuExpedited, 30_us, 200_ns, {}, {}, "an interrupt to each CPU that is not idle"},
    {Phase::DomainRebuild,
     {},
     500_ns,
     100_ns,
     {},
     "for each CPU its domains are made, and the groups of each domain are compared with all "
     "others"},
}};

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
  /// No profile names Phase::RcuSync: the kernel's law has the length of a normal grace period.
  bool grace_periods_by_law = true;
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
