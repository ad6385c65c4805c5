// What every part of the model stands on: the runtime, the costs of this machine, the names of its
// events.
//
//   core.spend(Phase::CpuInit, cpu);                        // CPU work, sleep, locks, as the
//   profile says core.event(EventKind::Alive, cpu); core.event(EventKind::Exit, cpu, {.step = 235,
//   .value = 235, .ret = 0});
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

/// CPUs that are online, counted by socket and core; who was the first where.
struct OnlineCounts {
  std::vector<std::uint32_t> socket;
  std::vector<std::uint32_t> core;
  std::vector<CpuId> socket_first;  ///< claimed by the first CPU of the socket that asks, until the
                                    ///< socket is empty
  std::uint32_t smt_cores = 0;      ///< cores with two or more threads online
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
  /// A function of the core begins, on behalf of `cpu`: an event when functions are traced.
  void call(std::string_view function, CpuId cpu) {
    if (config.trace_functions) event(EventKind::Call, cpu, {.name = name(function)});
  }
  void call(NameId function, CpuId cpu) {
    if (config.trace_functions) event(EventKind::Call, cpu, {.name = function});
  }

  /// Pays a phase on the executing CPU, as part of what is done for `cpu`. Between PhaseBegin and
  /// PhaseEnd when it costs.
  void spend(Phase phase, CpuId cpu);
  /// Pays a cost; `key` says which draw.
  void spend(const Cost& cost, CpuId cpu, const DrawKey& key) {
    if (cost.parts.size() == 1 && cost.parts.front().is_plain())
      rt.work(drawn(cost.parts.front().work, key));
    else
      spend_parts(cost, cpu, key);
  }
  /// Is the phase CPU work, and nothing else?
  bool is_plain(Phase phase) const {
    const std::vector<CostPart>& parts = costs.phase(phase).parts;
    return plan_.no_phases() &&
           std::all_of(parts.begin(), parts.end(), [](const CostPart& p) { return p.is_plain(); });
  }
  /// No fault counts the occasions of all CPUs, which have to come to its date for that.
  bool counts_alone() const { return plan_.counts_alone(); }
  /// A latency that is nobody's CPU time.
  Ns latency(Phase phase, CpuId cpu);

  /// A callback of that state of the table is its cost and nothing else: no fault can strike it, no
  /// tracer writes of it, no jitter changes it.
  bool undisturbed(StateId state) const { return !disturbed_ && plan_.spares(state); }
  std::uint64_t draw_bits(const DrawKey& key) const { return cpuhp::draw_bits(mixed_seed_, key); }
  /// No fault can strike anywhere in this run.
  bool faultless() const { return plan_.empty(); }
  /// The fault that strikes here, if any. The plan's words for the walk are filled in.
  const Fault* fault(FaultKind kind, const FaultPlace& place) {
    return plan_.without(kind) ? nullptr : planned_fault(kind, place);
  }
  /// Of each fault: how many occasions have fitted, struck or not.
  const std::vector<std::uint32_t>& fault_counts() const { return plan_.counts(); }
  /// Delay, preemption, a hang or the kernel's death, as the plan says of this place.
  /// `what`: what a hang shows as.
  void strike(const FaultPlace& place, NameId what);
  /// The environment has failed otherwise than by a callback's error.
  void injected(FaultKind kind, const FaultPlace& place);
  [[noreturn]] void panic(CpuId cpu, std::string_view text);
  /// As panic(), where everybody has come to this date already.
  [[noreturn]] void die(CpuId cpu, std::string_view text);
  bool panicked() const { return panicked_; }
  /// Does an extra cost with this condition apply to the CPU, now?
  bool applies(When when, CpuId cpu);

  std::uint32_t socket_online(std::uint32_t socket) const { return counts_.socket[socket]; }
  /// The mask changes for everybody from now() on.
  void set_online(CpuId cpu, bool on);
  /// The waker's and the sleeper's part of a wake-up (a VM exit each in a guest).
  Ns wake_latency(WaitMode mode, CpuId sleeper);
  /// A guest's executing CPU leaves to the host, as part of what is done for `cpu`. The host serves
  /// the exits of polling APs first.
  void pay_vm_exit(CpuId cpu);
  /// An AP begins or ends to wait for its release: its CPU spins, and in a guest makes exits.
  void set_polling(CpuId cpu, bool on);
  /// The CPUs of one core, ascending.
  const std::vector<CpuId>& siblings(CpuId cpu) const {
    return blueprint_.cores[blueprint_.core_of[cpu]];
  }
  /// The CPU runs a callback of the STARTING section from its cpuhp thread.
  void set_interrupts_off(CpuId cpu, bool on) { interrupts_off_.assign(cpu, on); }
  Mutex& lock(LockId id) { return *locks_[static_cast<std::size_t>(id)]; }

  Runtime& rt;
  const MachineConfig& config;
  const CostProfile& costs;
  Names names;
  CpuMask online;
  std::vector<std::uint32_t> occurrence;  ///< per CPU: walks so far, so that every walk draws anew
  std::uint32_t operation = 0;            ///< the latest of the main sequence

 private:
  const Fault* planned_fault(FaultKind kind, FaultPlace place);
  Ns drawn(const Dist& dist, const DrawKey& key) const {
    return dist.quantiles.empty() ? Ns{} : jittered(dist.draw(key), key);
  }
  void spend_parts(const Cost& cost, CpuId cpu, DrawKey key);
  void spend_part(const CostPart& part, CpuId cpu, DrawKey key);
  bool interrupts_off() const;
  Ns jittered(Ns duration, const DrawKey& key) const {
    return config.jitter <= 1 || duration == Ns{} ? duration : with_jitter(duration, key);
  }
  Ns with_jitter(Ns duration, const DrawKey& key) const;

  /// Exits of APs that poll (Phase::PollYield) and have not been served yet.
  struct Polling {
    std::int64_t aps = 0;
    Ns since{};   ///< the count is constant since then
    Ns waited{};  ///< time of all of them that no exit has stood for yet
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
