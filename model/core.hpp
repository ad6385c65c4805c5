// Every part of the model uses the Core: the runtime, the costs of the machine, the names of its
// events. A part pays for its work with spend(), and reports it with event().
#pragma once

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "model/blueprint.hpp"
#include "model/config.hpp"
#include "model/events.hpp"
#include "model/faults/plan.hpp"
#include "model/locking.hpp"
#include "model/runtime.hpp"

namespace cpuhp {

/// Numbers of online CPUs by socket, by core and by NUMA node, and the first CPU of each socket.
struct OnlineCounts {
  std::vector<std::uint32_t> socket;
  std::vector<std::uint32_t> core;
  std::vector<std::uint32_t> node;
  /// By socket: the CPU for which When::FirstOfSocket is true. It is the first CPU that came online
  /// or was asked about. It is cleared when the socket's last online CPU goes offline.
  std::vector<CpuId> socket_first;
  std::uint32_t cores = 0, sockets = 0, nodes = 0;  ///< of those: with a CPU online
  std::uint32_t smt_cores = 0;                      ///< cores with two or more threads online
  CpuId first_sibling = kNoCpu;
  bool operator==(const OnlineCounts&) const = default;
};

/// kernel: system_state, as far as hotplug asks for it.
enum class SystemState : std::uint8_t { Running, Booting, Suspend };

/// The exits of polling APs (Phase::PollYield) that the host has not served so far.
struct Polling {
  std::int64_t aps = 0;
  Ns since{};   ///< when `aps` changed last
  Ns waited{};  ///< waiting time of all APs that has not led to an exit
  Ns served{};  ///< when the host served such exits last
  bool operator==(const Polling&) const = default;
};

/// All that a run changes in the core, apart from what its faults have counted.
struct CoreState {
  Names names;
  CpuMask online;
  OnlineCounts counts;
  /// Per CPU: number of its bring-ups and takedowns so far. It is part of the key of each random
  /// number, so each bring-up and each takedown gets new random costs.
  std::vector<std::uint32_t> occurrence;
  /// Number of the operation that began last. One that runs beside another (Operation::with) does
  /// not count.
  std::uint32_t operation = 0;
  bool panicked = false;
  /// CPUs whose cpuhp/N has interrupts off. It needs that for a STARTING or DYING callback that a
  /// registration makes it run.
  CpuMask interrupts_off;
  Polling polling;
  std::vector<Mutex> locks;              ///< by LockId
  std::map<NameId, Mutex> driver_locks;  ///< mutexes that the C++ code of drivers uses
  SystemState system_state = SystemState::Running;
  bool suspend_expedites = true;  ///< this kernel expedites grace periods while it suspends
  CpuId last_thawed = kNoCpu;     ///< the last CPU that the resume under way brings up
  Rcu rcu;
  bool operator==(const CoreState&) const = default;
};

/// Returns the state before power-on.
CoreState new_core(const MachineConfig& config, const Blueprint& blueprint);

class Core : public CoreState {
 public:
  struct Fields {
    int step = -1;
    int value = 0;
    int ret = 0;
    NameId name = 0;
    std::uint16_t instance = 0;
  };

  Core(const MachineConfig& config, const Blueprint& blueprint, Runtime& rt, CoreState state);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  void event(EventKind kind, CpuId cpu) { event(kind, cpu, {}); }
  void event(EventKind kind, CpuId cpu, const Fields& f) {
    rt.emit({.cpu = cpu,
             .name = f.name,
             .ret = f.ret,
             .step = static_cast<std::int16_t>(f.step),
             .value = static_cast<std::int16_t>(f.value),
             .instance = f.instance,
             .kind = kind});
  }
  NameId name(std::string_view text) { return names.intern(text); }
  /// Reports that a function of the hotplug core begins, for `cpu`. Makes an event only when
  /// functions are traced.
  void call(std::string_view function, CpuId cpu) {
    if (config.trace_functions) event(EventKind::Call, cpu, {.name = name(function)});
  }
  void call(NameId function, CpuId cpu) {
    if (config.trace_functions) event(EventKind::Call, cpu, {.name = function});
  }

  /// Does `body` as a phase: between the events PhaseBegin and PhaseEnd.
  template <typename Body>
  void in_phase(Phase phase, CpuId cpu, Body body) {
    const NameId id = phase_name(phase);
    if (!plan.no_phases()) strike({.cpu = cpu, .phase = phase}, id);
    event(EventKind::PhaseBegin, cpu, {.name = id});
    body();
    event(EventKind::PhaseEnd, cpu, {.name = id});
  }
  /// Pays the cost of a phase on the executing CPU, as part of the work for `cpu`. If the phase has
  /// a cost, the events PhaseBegin and PhaseEnd enclose it.
  void spend(Phase phase, CpuId cpu);
  /// Pays a cost; `key` identifies its random number.
  void spend(const Cost& cost, CpuId cpu, const DrawKey& key) {
    if (cost.parts.size() == 1 && cost.parts.front().is_plain())
      rt.work(drawn(cost.parts.front().work, key));
    else
      spend_parts(cost, cpu, key);
  }
  /// True when the phase only spends CPU time, and the run has no fault that hits a phase.
  bool is_plain(Phase phase) const {
    const std::vector<CostPart>& parts = costs.phase(phase).parts;
    return plan.no_phases() &&
           std::all_of(parts.begin(), parts.end(), [](const CostPart& p) { return p.is_plain(); });
  }
  /// Returns the length of a phase that takes time but no CPU.
  Ns latency(Phase phase, CpuId cpu);

  /// True when a callback of that state only pays its cost: no fault, tracer or jitter is involved.
  bool undisturbed(StateId state) const { return !disturbed_ && plan.spares(state); }
  /// Returns a duration of the distribution, with the jitter of the machine.
  Ns drawn(const Dist& dist, const DrawKey& key) const {
    if (replays_ && dist.measured != nullptr) return replayed(dist, key);
    return dist.quantiles.empty() ? Ns{} : jittered(dist.draw(key), key);
  }
  std::uint64_t draw_bits(const DrawKey& key) const { return cpuhp::draw_bits(mixed_seed_, key); }
  /// Returns the fault that hits this occasion, or nullptr. Fills in the operation and the
  /// occurrence (number of the CPU's bring-up or takedown) in `place`.
  const Fault* fault(FaultKind kind, const FaultPlace& place) {
    return plan.without(kind) ? nullptr : planned_fault(kind, place);
  }
  /// Carries out the faults that hit this occasion: they delay, preempt or hang the executing task,
  /// or kill the kernel. `what`: what the report of a hang says that the task waits for.
  void strike(const FaultPlace& place, NameId what);
  /// Logs that a fault hits. An error of a callback needs no such event: its Exit event shows it.
  void injected(FaultKind kind, const FaultPlace& place);
  void interrupt_self(Ns length, FaultKind why);
  [[noreturn]] void panic(CpuId cpu, std::string_view text);
  /// Panics without the wait of panic(). All CPUs must have been simulated up to this time.
  [[noreturn]] void die(CpuId cpu, std::string_view text);
  /// True when a part of a cost with this condition applies to the CPU now.
  bool applies(When when, CpuId cpu);
  bool applies(Whens when, CpuId cpu);
  /// Returns the duration, made longer or shorter by the scenario's jitter.
  Ns jittered(Ns duration, const DrawKey& key) const {
    return config.jitter <= 1 || duration == Ns{} ? duration : with_jitter(duration, key);
  }

  /// Sets or clears the CPU's bit in the online mask, for all CPUs from now() on.
  void set_online(CpuId cpu, bool on);
  /// True when the executing task may sleep: it is not the idle task, and interrupts are on.
  bool may_sleep() const;
  /// Returns the time from the waker's signal to the sleeper's next instruction. In a guest, both
  /// CPUs make a VM exit.
  Ns wake_latency(WaitMode mode, CpuId sleeper);
  /// Makes the executing CPU pay for an exit from the guest to the host, as part of the work for
  /// `cpu`. It also waits while the host serves earlier exits of waiting APs.
  void pay_vm_exit(CpuId cpu);
  /// Notes that a booting AP starts (`on`) or stops waiting for another CPU. A waiting AP spins
  /// and, in a guest, makes VM exits.
  void set_polling(CpuId cpu, bool on);
  /// Returns all CPUs of the core of `cpu`, ascending.
  const std::vector<CpuId>& siblings(CpuId cpu) const {
    return blueprint_.cores[blueprint_.core_of[cpu]];
  }
  Mutex& lock(LockId id) { return locks[static_cast<std::size_t>(id)]; }

  Runtime& rt;
  const MachineConfig& config;
  const CostProfile& costs;
  FaultPlan plan;

 private:
  const Fault* planned_fault(FaultKind kind, FaultPlace place);
  Ns replayed(const Dist& dist, const DrawKey& key) const;
  void spend_parts(const Cost& cost, CpuId cpu, DrawKey key);
  void spend_part(const CostPart& part, CpuId cpu, DrawKey key, bool meant);
  /// Returns the number of the phase's name, which a run gives it when it first uses the phase.
  NameId phase_name(Phase phase) {
    const NameId id = blueprint_.name.phases[static_cast<std::size_t>(phase)];
    return id != 0 ? id : name(to_string(phase));
  }
  /// True when no other CPU than `cpu` is among the online ones that were counted.
  bool alone(std::uint32_t counted, CpuId cpu) const {
    return counted == (online.test(cpu) ? 1u : 0u);
  }
  void wait_for_grace_periods(const CostPart& part, CpuId cpu, DrawKey key, bool atomic);
  bool takes(LockId id) const;
  Ns with_jitter(Ns duration, const DrawKey& key) const;

  Ns polling_exits();

  const Blueprint& blueprint_;
  std::uint64_t mixed_seed_;
  bool replays_;  ///< CostProfile::replay is of this machine and seed
  bool disturbed_;
};

}  // namespace cpuhp
