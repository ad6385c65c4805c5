// Bystanders are the CPUs that have no part in an operation. It costs them time all the same: they
// stand still in stop_machine(), and get interrupts.
//
//   BystandersOfRun bystanders({});
//   bystanders.take(EventStream{});
//   const Bystanders all = bystanders.finish(0_ns);
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "model/cpumask.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// Time that stops and interrupts take from one CPU, or from all CPUs of a group together.
struct Toll {
  std::uint64_t stops = 0;  ///< stops of the machine; in a group: those that struck one of its CPUs
  Ns stopped{};             ///< length of all stops, summed over the CPUs
  Ns longest{};             ///< the longest stop
  Ns longest_at{};          ///< when it began
  std::uint64_t interrupts = 0;
  Ns interrupted{};  ///< time in their handlers
  bool operator==(const Toll&) const = default;
};

/// CPUs for which an operation has the same toll, each of them.
struct AlikeCpus {
  CpuMask cpus;
  Toll toll;
};

/// An operation's cost for all isolated or all housekeeping CPUs. CPUs with a part in it count, too.
struct GroupToll {
  Toll toll;
  /// Time in which a callback, a phase or a busy wait of the hotplug core ran on one of its CPUs. The
  /// stream shows its sleep in locks, completions and grace periods, which is left out, but no pause
  /// within a callback.
  Ns work{};
};

struct OperationToll {
  std::uint16_t operation = 0;  ///< its number in the scenario, modulo 65,536
  Ns begin{};
  Ns end{};
  /// The bystanders: CPUs that are online at the begin, and on which nothing of the operation runs.
  /// Neither its control task nor a kworker is there, the CPU is not plugged, it does not get the
  /// interrupt by which a dying CPU reports, and no task is moved to it. Those with fewer
  /// interrupts come first.
  std::vector<AlikeCpus> bystanders;
  std::optional<GroupToll> isolated, housekeeping;  ///< none: no CPU is isolated
};

struct Bystanders {
  std::vector<OperationToll> operations;  ///< in the order of their begins
  std::vector<Ns> stopped;  ///< by CPU: how long it stood still in the run; as in its Ledger

  /// Returns the operation with the longest stop of a bystander; nullptr: none was ever stopped.
  const OperationToll* worst() const;
};

/// Reads a simulated run part by part, and remembers no event.
class BystandersOfRun {
 public:
  /// `housekeeping`: as MachineConfig::housekeeping; empty: no CPU is isolated.
  explicit BystandersOfRun(CpuMask housekeeping) : housekeeping_(std::move(housekeeping)) {}
  void take(const EventStream& part);
  /// `end`: the end of the run, to which a machine stays stopped that hangs in stop_machine(). To be
  /// called once.
  Bystanders finish(Ns end);

 private:
  /// The callbacks, phases and waits that are open for one role on one CPU.
  struct Activity {
    std::uint32_t open = 0;  ///< callbacks, phases and busy waits
    bool asleep = false;
    bool busy() const { return open > 0 && !asleep; }
  };
  struct Cpu {
    bool online = false;
    Ns offline_from{};  ///< while it is offline: length of all stops before
    Ns missed{};        ///< length of all stops before it came online that did not strike it
    Ns handled{};       ///< time in interrupt handlers
    std::array<Activity, kRoles> roles;
    std::uint32_t busy = 0;  ///< number of its roles that are
    Ns busy_from{};          ///< own_time() since which its work is to be counted
  };
  /// An operation under way.
  struct Open {
    OperationToll toll;
    std::uint32_t depth = 1;  ///< the boot has operations within it, with its own number
    CpuMask online, parties;
    Toll stops;  ///< of each bystander
    std::map<CpuId, Toll> interrupts;
  };
  /// A stop of the machine under way.
  struct Stop {
    Ns from{};
    CpuId victim = kNoCpu;
    std::vector<CpuId> late;  ///< CPUs that came online in it, which it does not strike
  };

  void note_party(const Event& e);
  void note_mask(const Event& e);
  void note_interrupt(const Event& e);
  void note_work(const Event& e);
  void begin_operation(const Event& e);
  void end_operation(const Event& e);
  void close(Open& open, Ns end);
  void end_stop(Ns until);
  void strike(Open& open, Ns until) const;
  CpuId struck_in(std::size_t group) const;
  Ns stopped(CpuId cpu) const;
  Ns own_time(CpuId cpu, Ns date) const;
  void change(CpuId cpu, Role role, Ns date, Activity next);
  void count_work(CpuId cpu, Ns date);
  /// Returns the group's toll in the operation; nullptr: no CPU is isolated.
  static GroupToll* group(OperationToll& toll, std::size_t number);
  std::size_t group_of(CpuId cpu) const { return housekeeping_.test(cpu) ? 1 : 0; }

  CpuMask housekeeping_;
  std::vector<Cpu> cpus_;
  CpuMask online_, busy_;
  std::array<CpuId, 2> online_in_{};  ///< online CPUs of a group: isolated, housekeeping
  Ns stops_{};                        ///< length of all stops that are over
  std::optional<Stop> stop_;
  std::vector<Open> open_;
  Bystanders all_;
  NameId online_name_ = 0, idle_dead_name_ = 0, rcu_sync_name_ = 0;
};

}  // namespace cpuhp
