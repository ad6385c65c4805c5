// RCU as far as CPU hotplug waits for it: grace periods, their length, and the readers that a grace
// period waits for (docs/kernel.md 5.4).
//
// Grace periods have no task of their own. Whoever has to do with RCU first brings its state up to
// the present. So between two operations it is data alone, and the machine may be at rest.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/ns.hpp"
#include "model/rows.hpp"
#include "model/topology.hpp"

namespace cpuhp {

class Core;
class Completion;

/// The kernel's way to wait for RCU in operations at run time. Only the first one exists; the others
/// were proposed on the lists since 2022.
enum class RcuPolicy : std::uint8_t { AsIs, Expedited, Held, Hoisted };

inline constexpr std::array<Named<RcuPolicy>, 4> kRcuPolicies{{
    {RcuPolicy::AsIs, "as_is", "as the kernel does it"},
    {RcuPolicy::Expedited, "expedited",
     "rcu_expedite_gp() around each operation: every grace period is an expedited one"},
    {RcuPolicy::Held, "held",
     "rcu_sync_enter() around a series of CPUs: its writers wait for one grace period at most"},
    {RcuPolicy::Hoisted, "hoisted",
     "cpus_write_lock() around a series of CPUs, not for each CPU: readers wait for all of it"},
}};
static_assert(in_order(kRcuPolicies));

/// The settings of a machine's RCU.
struct RcuConfig {
  RcuPolicy policy = RcuPolicy::AsIs;
  /// Something else always has callbacks queued, so a grace period follows the other without a pause.
  bool busy = false;
  std::uint32_t hz = 250;  ///< CONFIG_HZ: ticks of the timer in a second
  /// A mutant for tests: a grace period does not wait for its readers.
  bool ignores_readers = false;
};

/// Returns the time from the begin of a normal grace period until RCU looks for CPUs that are idle,
/// and between two such looks. kernel: RCU_JIFFIES_TILL_FORCE_QS and RCU_JIFFIES_FQS_DIV.
Ns grace_period_length(std::uint32_t hz, CpuId possible_cpus);

/// The kernel's struct rcu_sync: as long as a percpu rw-semaphore had a writer lately, its readers
/// take the slow path, and a further writer need not wait for a grace period.
struct RcuSync {
  enum class State : std::uint8_t { Idle, Passed, Exit, Replay };
  State state = State::Idle;
  std::uint32_t writers = 0;
  bool operator==(const RcuSync&) const = default;
};

class Rcu {
 public:
  /// kernel: synchronize_rcu(). Waits for a normal grace period that begins now or later, or for an
  /// expedited one. Does nothing when the profile says that grace periods take no time.
  void synchronize(Core& core, CpuId cpu);

  /// kernel: rcu_read_lock() and rcu_read_unlock(), for readers that last. `reader`: its number.
  /// read_lock() returns what read_unlock() needs.
  Ns read_lock(Core& core, CpuId cpu, std::uint16_t reader);
  void read_unlock(Core& core, CpuId cpu, std::uint16_t reader, Ns begun);

  /// kernel: rcu_sync_enter(). Only a writer that finds the lock idle waits for a grace period.
  void enter(Core& core, CpuId cpu);
  /// kernel: rcu_sync_exit(). After the last writer, the lock is idle again a grace period later.
  void exit(Core& core);

  bool operator==(const Rcu&) const = default;

 private:
  void advance(const Core& core);
  void skip_idle_ones(const Core& core);
  void start(const Core& core, Ns at);
  void end(const Core& core);
  void queue_callback(const Core& core, Ns at);
  void wait(Core& core, CpuId cpu, Ns date);
  void wait_for_normal(Core& core, CpuId cpu);
  void wait_for_expedited(Core& core, CpuId cpu);

  std::uint64_t number_ = 0;  ///< grace periods that are over
  bool running_ = false;
  Ns begun_{}, ends_{};               ///< of the latest one, if no reader holds it up
  Ns length_{};                       ///< of the latest one: the time between two looks
  bool next_wanted_ = false;          ///< another one has to follow the one that runs
  Ns wanted_from_ = kNever;           ///< the tick at which RCU finds a callback that wants one
  std::uint32_t blockers_ = 0;        ///< readers inside that began before the one that runs
  std::vector<Ns> readers_;           ///< readers inside: when each of them began
  std::uint32_t waiting_ = 0;         ///< tasks that wait for a normal grace period
  std::vector<Completion*> held_up_;  ///< tasks that wait until those readers have left
  RcuSync sync_;
  Ns callback_queued_ = kNever;    ///< rcu_sync's callback: queued, and in no grace period so far
  std::uint64_t callback_at_ = 0;  ///< it runs when this grace period is over; 0: none
};

}  // namespace cpuhp
