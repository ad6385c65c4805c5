// The base of every part of the model: the runtime, the costs of this machine, the names of its
// events. Parts pay for their work with spend() and report it with event().
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "model/blueprint.hpp"
#include "model/config.hpp"
#include "model/events.hpp"
#include "model/faults/plan.hpp"
#include "model/runtime.hpp"

namespace cpuhp {

class Mutex;

/// Numbers of online CPUs by socket and by core, and the CPUs that came first.
struct OnlineCounts {
  std::vector<std::uint32_t> socket;
  std::vector<std::uint32_t> core;
  /// By socket: the first CPU that asked or came online since the socket was last empty.
  std::vector<CpuId> socket_first;
  std::uint32_t smt_cores = 0;  ///< cores with two or more threads online
  CpuId first_sibling = kNoCpu;
};

class Core {
 public:
  struct Fields {
    int step = -1;
    int value = 0;
    int ret = 0;
    NameId name = 0;
    std::uint16_t instance = 0;
  };

  Core(const MachineConfig& config, const Blueprint& blueprint, Runtime& rt);
  ~Core();
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
  /// Reports that a function of the core begins on behalf of `cpu`. It makes an event only when
  /// functions are traced.
  void call(std::string_view function, CpuId cpu) {
    if (config.trace_functions) event(EventKind::Call, cpu, {.name = name(function)});
  }
  void call(NameId function, CpuId cpu) {
    if (config.trace_functions) event(EventKind::Call, cpu, {.name = function});
  }

  /// Pays the cost of a phase on the executing CPU, as part of the work for `cpu`. A phase with a
  /// cost is put between PhaseBegin and PhaseEnd.
  void spend(Phase phase, CpuId cpu);
  /// Pays a cost; `key` identifies the draw.
  void spend(const Cost& cost, CpuId cpu, const DrawKey& key) {
    if (cost.parts.size() == 1 && cost.parts.front().is_plain())
      rt.work(drawn(cost.parts.front().work, key));
    else
      spend_parts(cost, cpu, key);
  }
  /// True when the phase is CPU work and nothing else.
  bool is_plain(Phase phase) const {
    const std::vector<CostPart>& parts = costs.phase(phase).parts;
    return plan_.no_phases() &&
           std::all_of(parts.begin(), parts.end(), [](const CostPart& p) { return p.is_plain(); });
  }
  /// True when every fault counts the occasions of one CPU only. A fault that counts the occasions
  /// of all CPUs has to wait until all of them have come to its date.
  bool counts_alone() const { return plan_.counts_alone(); }
  /// Returns the length of a phase that takes time but no CPU.
  Ns latency(Phase phase, CpuId cpu);

  /// True when a callback of that state does nothing but pay its cost: no fault can strike it, no
  /// tracer reports it, no jitter changes it.
  bool undisturbed(StateId state) const { return !disturbed_ && plan_.spares(state); }
  std::uint64_t draw_bits(const DrawKey& key) const { return cpuhp::draw_bits(mixed_seed_, key); }
  /// True when no fault can strike anywhere in this run.
  bool faultless() const { return plan_.empty(); }
  /// Returns the fault that strikes at this place, or nullptr. Completes `place` with the number of
  /// the operation and of the CPU's walk.
  const Fault* fault(FaultKind kind, const FaultPlace& place) {
    return plan_.without(kind) ? nullptr : planned_fault(kind, place);
  }
  /// By fault: number of occasions that have fitted the fault, whether or not it struck.
  const std::vector<std::uint32_t>& fault_counts() const { return plan_.counts(); }
  /// Does what the plan's faults say for this place: delays, preempts or hangs the executing task,
  /// or kills the kernel. `what`: the name that a hang shows.
  void strike(const FaultPlace& place, NameId what);
  /// Reports a failure of the environment other than a callback's error.
  void injected(FaultKind kind, const FaultPlace& place);
  void interrupt_self(Ns length, FaultKind why);
  [[noreturn]] void panic(CpuId cpu, std::string_view text);
  /// Panics at once. Needs a caller that knows that all CPUs have come to this date; panic() waits.
  [[noreturn]] void die(CpuId cpu, std::string_view text);
  bool panicked() const { return panicked_; }
  /// True when an extra cost with this condition applies to the CPU now.
  bool applies(When when, CpuId cpu);

  std::uint32_t socket_online(std::uint32_t socket) const { return counts_.socket[socket]; }
  /// Changes the online mask, for all CPUs from now() on.
  void set_online(CpuId cpu, bool on);
  /// Returns the time from the waker's signal to the sleeper's next instruction. In a guest both
  /// make a VM exit.
  Ns wake_latency(WaitMode mode, CpuId sleeper);
  /// Pays on the executing CPU for an exit from the guest to the host, as part of the work for
  /// `cpu`. The host serves the exits of polling APs first.
  void pay_vm_exit(CpuId cpu);
  /// Notes that an AP begins, or no longer has, to wait for its release. Its CPU spins meanwhile,
  /// and in a guest makes exits.
  void set_polling(CpuId cpu, bool on);
  /// Returns the CPUs of one core, ascending.
  const std::vector<CpuId>& siblings(CpuId cpu) const {
    return blueprint_.cores[blueprint_.core_of[cpu]];
  }
  /// Notes that the CPU runs a callback of the STARTING section from its cpuhp thread.
  void set_interrupts_off(CpuId cpu, bool on) { interrupts_off_.assign(cpu, on); }
  Mutex& lock(LockId id) { return *locks_[static_cast<std::size_t>(id)]; }

  Runtime& rt;
  const MachineConfig& config;
  const CostProfile& costs;
  Names names;
  CpuMask online;
  /// Per CPU: number of its walks so far; part of a draw's key, so that every walk draws anew.
  std::vector<std::uint32_t> occurrence;
  std::uint32_t operation = 0;  ///< number of the latest operation of the main sequence

 private:
  const Fault* planned_fault(FaultKind kind, FaultPlace place);
  Ns drawn(const Dist& dist, const DrawKey& key) const {
    return dist.quantiles.empty() ? Ns{} : jittered(dist.draw(key), key);
  }
  void spend_parts(const Cost& cost, CpuId cpu, DrawKey key);
  void spend_part(const CostPart& part, CpuId cpu, DrawKey key, bool meant);
  bool may_sleep() const;
  bool takes(LockId id) const;
  Ns jittered(Ns duration, const DrawKey& key) const {
    return config.jitter <= 1 || duration == Ns{} ? duration : with_jitter(duration, key);
  }
  Ns with_jitter(Ns duration, const DrawKey& key) const;

  /// Exits of APs that poll (Phase::PollYield) and have not been served yet.
  struct Polling {
    std::int64_t aps = 0;
    Ns since{};   ///< date of the last change of `aps`
    Ns waited{};  ///< waiting time of all APs that no exit accounts for yet
    Ns served{};  ///< date of the last service
  };
  Ns polling_exits();

  const Blueprint& blueprint_;
  std::uint64_t mixed_seed_;
  bool disturbed_;
  bool panicked_ = false;
  FaultPlan plan_;
  CpuMask interrupts_off_;
  OnlineCounts counts_;
  Polling polling_;
  std::vector<std::unique_ptr<Mutex>> locks_;
};

}  // namespace cpuhp
