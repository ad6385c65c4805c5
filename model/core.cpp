#include "model/core.hpp"

#include <algorithm>
#include <utility>

namespace cpuhp {
CoreState new_core(const MachineConfig& config, const Blueprint& blueprint) {
  CoreState core;
  core.names = Names(blueprint.names);
  core.online = core.interrupts_off = CpuMask(config.topology.nr_cpus());
  core.occurrence.resize(config.topology.nr_cpus());
  core.counts.socket.resize(config.topology.sockets());
  core.counts.socket_first.assign(config.topology.sockets(), kNoCpu);
  core.counts.core.resize(blueprint.cores.size());
  for (CpuId cpu = 0; cpu < config.topology.nr_cpus(); ++cpu)
    if (const std::uint32_t node = config.topology.place(cpu).node; node >= core.counts.node.size())
      core.counts.node.resize(std::size_t{node} + 1);
  core.locks.reserve(blueprint.name.locks.size());
  for (std::size_t i = 0; i < blueprint.name.locks.size(); ++i) {
    const bool raw = config.costs.is_raw(static_cast<LockId>(i));
    core.locks.emplace_back(blueprint.name.locks[i], raw ? WaitMode::Spinning : WaitMode::Asleep);
  }
  if (config.writers_pass_readers)
    core.locks[static_cast<std::size_t>(kCpuHotplugLock)].let_writers_pass();
  return core;
}

Core::Core(const MachineConfig& c, const Blueprint& blueprint, Runtime& runtime, CoreState state)
    : CoreState(std::move(state)),
      rt(runtime),
      config(c),
      costs(c.costs),
      plan(c.faults, c.seed),
      blueprint_(blueprint),
      mixed_seed_(mix64(c.seed)),
      replays_(c.costs.replay == TracedRun{c.topology.nr_cpus(), c.seed}),
      disturbed_(c.trace_functions || c.jitter > 1) {}

bool Core::applies(When when, CpuId cpu) {
  switch (when) {
    case When::Always:
      return true;
    case When::Primary:
      return config.topology.is_primary(cpu);
    case When::Secondary:
      return !config.topology.is_primary(cpu);
    case When::FirstOfSocket: {
      rt.settle(writes(Object::Counts));
      const std::uint32_t socket = config.topology.place(cpu).socket;
      CpuId& first = counts.socket_first[socket];
      if (first == kNoCpu) first = cpu;
      return first == cpu;
    }
    case When::FirstSibling:
      rt.settle(reads(Object::Counts));
      return counts.first_sibling == cpu;
    case When::RemoteNode:
      return config.topology.place(cpu).node != config.topology.place(config.boot_cpu).node;
    case When::First:
      return occurrence[cpu] == 1 && cpu != config.boot_cpu;
    case When::Again:
      return !applies(When::First, cpu);
    case When::Running:
      return system_state == SystemState::Running;
    case When::Frozen:
      return system_state == SystemState::Suspend;
    case When::LastThawed:
      return last_thawed == cpu;
    case When::SeveralCores:
      rt.settle(reads(Object::Counts));
      return counts.cores > 1;
    case When::SeveralSockets:
      rt.settle(reads(Object::Counts));
      return counts.sockets > 1;
    case When::SeveralNodes:
      rt.settle(reads(Object::Counts));
      return counts.nodes > 1;
    case When::LastOfCore:
      rt.settle(reads(Object::Counts));
      return alone(counts.core[blueprint_.core_of[cpu]], cpu);
    case When::EdgeOfNode:
      rt.settle(reads(Object::Counts));
      return alone(counts.node[config.topology.place(cpu).node], cpu);
    case When::CrashKernel:
      return config.crash_kernel;
  }
  return false;
}

bool Core::applies(Whens when, CpuId cpu) {
  return std::ranges::all_of(kWhens, [&](const Named<When>& row) {
    return !when.has(row.value) || applies(row.value, cpu);
  });
}

/// Pays for the grace periods of a part. A task that must not sleep only takes their time.
void Core::wait_for_grace_periods(const CostPart& part, CpuId cpu, DrawKey key, bool atomic) {
  constexpr std::uint32_t kOne = 1'000;
  key.stream += kOneMoreStream;
  const bool one_more = scale_bits(draw_bits(key), kOne - 1) < part.grace_periods_permille % kOne;
  for (std::uint32_t left = part.grace_periods_permille / kOne + (one_more ? 1 : 0); left > 0;
       --left)
    atomic ? rt.work(grace_period_length(config.rcu.hz, config.topology.nr_cpus()))
           : rcu.synchronize(*this, cpu);
}

bool Core::may_sleep() const {
  switch (rt.role()) {
    case Role::ApBoot:
    case Role::Stopper:
    case Role::Idle:
      return false;
    default:
      return !interrupts_off.test(rt.cpu());
  }
}

/// True when the executing task really takes the lock. A stopper takes no raw lock. The other CPUs
/// stand still, and none was stopped while it held a raw lock, so all raw locks are free.
bool Core::takes(LockId id) const {
  if (id == kNoLock) return false;
  return locks[static_cast<std::size_t>(id)].sleeps() ? may_sleep() : rt.role() != Role::Stopper;
}

/// Pays one part of a cost. `meant`: it is not the default for callbacks that the profile does not
/// name. Only then may the part cause an event AtomicSleep.
void Core::spend_part(const CostPart& part, CpuId cpu, DrawKey key, bool meant) {
  if (part.is_plain()) return rt.work(drawn(part.work, key));
  if (!applies(part.when, cpu)) return;
  // A task that sleeps where it may not is a kernel bug ("scheduling while atomic") with unknown
  // effects. Here the task spins instead, and does not take a lock for which it would sleep.
  const bool atomic = !may_sleep();
  const bool locked = takes(part.lock);
  const bool asks = part.lock != kNoLock && lock(part.lock).sleeps();
  if (atomic && asks && meant) event(EventKind::AtomicSleep, cpu, {.name = lock(part.lock).name()});
  if (locked) lock(part.lock).lock(*this, cpu);
  Ns work = drawn(part.work, key);
  work += part.per_interrupt * config.interrupts;
  if (part.per_online != Ns{} || part.per_online_squared != Ns{}) {
    rt.settle(reads(Object::Counts), Settle::PerOnline);
    const auto n = static_cast<std::int64_t>(online.weight());
    work += part.per_online * n + part.per_online_squared * (n * n);
  }
  key.stream += 0x100;
  const Ns wait = drawn(part.wait, key);
  rt.work(work);
  const bool sleeps = wait > Ns{} || part.grace_periods_permille > 0;
  if (atomic && sleeps && meant && !asks)
    event(EventKind::AtomicSleep, cpu, {.name = name("wait")});
  if (atomic)
    rt.work(wait);
  else if (wait > Ns{})
    rt.sleep(wait);
  if (part.grace_periods_permille > 0) wait_for_grace_periods(part, cpu, key, atomic);
  if (locked) lock(part.lock).unlock(*this, cpu);
}

void Core::spend_parts(const Cost& cost, CpuId cpu, DrawKey key) {
  const bool meant = !costs.is_default(cost);
  for (const CostPart& part : cost.parts) {
    spend_part(part, cpu, key, meant);
    key.stream += 0x1000;
  }
}

/// Returns the duration that the traced run had at this place. Where it had none, draws one.
Ns Core::replayed(const Dist& dist, const DrawKey& key) const {
  const std::uint32_t stream = key.stream & 0xff;
  std::optional<Ns> seen;
  if (stream == kPhaseStream) seen = dist.measured->find(key.cpu, key.occurrence, 0);
  // The low byte is 0 for a state without instances, otherwise the number of the instance and 1.
  if (stream == kStepStream)
    seen =
        dist.measured->find(key.cpu, key.occurrence >> 8, std::max(1u, key.occurrence & 0xff) - 1);
  return jittered(seen.value_or(dist.draw(key)), key);
}

/// Returns a random duration between 1/jitter and jitter times `duration`, so that different seeds
/// give different orders of events. One in jitter+1 results is longer, uniform up to duration *
/// jitter. The others are shorter, uniform down to duration / jitter. So the average stays the
/// same.
Ns Core::with_jitter(Ns duration, const DrawKey& key) const {
  constexpr std::uint32_t kJitterStream = 0x200'0000;
  DrawKey k = key;
  k.stream += kJitterStream;
  const auto j = static_cast<std::int64_t>(config.jitter);
  // The high half of the product decides whether the result is longer or shorter than `duration`,
  // and the low half by how much.
  const auto scaled = static_cast<u128>(draw_bits(k)) * static_cast<u128>(j + 1);
  const auto far = static_cast<std::uint64_t>(scaled);
  const std::int64_t least = std::max<std::int64_t>(1, duration.v / j);
  if (scaled >> 64 != 0) return Ns{least + scale_bits(far, duration.v - least)};
  return duration + Ns{scale_bits(far, duration.v * (j - 1))};
}

void Core::spend(Phase phase, CpuId cpu) {
  const Cost& cost = costs.phase(phase);
  if (cost.parts.empty()) {
    if (!plan.no_phases()) strike({.cpu = cpu, .phase = phase}, phase_name(phase));
    return;
  }
  in_phase(phase, cpu, [&] {
    spend(cost, cpu,
          {config.seed, kPhaseStream, cpu, static_cast<std::int32_t>(phase), 0, occurrence[cpu]});
  });
}

Ns Core::latency(Phase phase, CpuId cpu) {
  Ns sum{};
  std::uint32_t stream = kPhaseStream;
  for (const CostPart& part : costs.phase(phase).parts) {
    if (!applies(part.when, cpu)) continue;
    const DrawKey key{config.seed, stream,         cpu, static_cast<std::int32_t>(phase),
                      0,           occurrence[cpu]};
    sum += replays_ ? drawn(part.work, key) + drawn(part.wait, key)
                    : jittered(part.work.draw(key) + part.wait.draw(key), key);
    stream += 0x1000;
  }
  return sum;
}

const Fault* Core::planned_fault(FaultKind kind, FaultPlace place) {
  place.operation = operation;
  place.occurrence = occurrence[place.cpu];
  return plan.strikes(kind, place, rt);
}

void Core::injected(FaultKind kind, const FaultPlace& place) {
  const int explains = static_cast<int>(info(kind).explains);
  event(EventKind::Injected, place.cpu,
        {.step = place.state, .value = explains, .name = name(to_string(kind))});
}

/// Takes the executing CPU away from its task for `length`. The CPU's Ledger counts an interrupt
/// handler as useful time, but not the time in which the hypervisor runs another virtual CPU.
void Core::interrupt_self(Ns length, FaultKind why) {
  // All other CPUs wait for the stopper, so the interruption only makes the stop longer.
  if (rt.role() == Role::Stopper) return rt.work(length);
  const bool burns = why == FaultKind::Preempted;
  rt.interrupt(rt.cpu(), {.why = name(to_string(why)), .handler = length, .burns = burns}, [] {});
}

void Core::strike(const FaultPlace& place, NameId what) {
  if (fault(FaultKind::Panic, place) != nullptr) {
    injected(FaultKind::Panic, place);
    panic(place.cpu, "injected");
  }
  if (fault(FaultKind::Hang, place) != nullptr) {
    injected(FaultKind::Hang, place);
    Completion never(what, place.cpu);
    never.wait(*this, WaitMode::Asleep);
  }
  for (const FaultKind kind : {FaultKind::Preempted, FaultKind::SpuriousInterrupt})
    if (const Fault* f = fault(kind, place)) {
      injected(kind, place);
      interrupt_self(f->delay, kind);
    }
  if (const Fault* f = fault(FaultKind::Delay, place)) {
    injected(FaultKind::Delay, place);
    rt.work(f->delay);
  }
}

void Core::panic(CpuId cpu, std::string_view text) {
  // Nothing may happen after a panic, so all CPUs must be simulated up to this time first.
  rt.arrive(writes(Object::Everything));
  die(cpu, text);
}

void Core::die(CpuId cpu, std::string_view text) {
  event(EventKind::Panic, cpu, {.name = name(text)});
  panicked = true;
  throw SimulatedPanic{std::string(text)};
}

void Core::set_online(CpuId cpu, bool on) {
  rt.settle(writes(Object::Online, cpu));
  rt.touch(writes(Object::Counts));
  if (online.test(cpu) == on) return;
  online.assign(cpu, on);
  rt.set_stoppable(cpu, on);
  event(on ? EventKind::MaskSet : EventKind::MaskClear, cpu, {.name = blueprint_.name.online});
  const std::uint32_t socket = config.topology.place(cpu).socket;
  std::uint32_t& threads = counts.core[blueprint_.core_of[cpu]];
  std::uint32_t& of_node = counts.node[config.topology.place(cpu).node];
  if (on) {
    if (counts.socket[socket]++ == 0) ++counts.sockets;
    if (of_node++ == 0) ++counts.nodes;
    if (threads == 0) ++counts.cores;
    if (counts.socket_first[socket] == kNoCpu) counts.socket_first[socket] = cpu;
    if (++threads == 2 && counts.smt_cores++ == 0) counts.first_sibling = cpu;
  } else {
    if (--of_node == 0) --counts.nodes;
    if (threads == 1) --counts.cores;
    if (--counts.socket[socket] == 0) {
      --counts.sockets;
      counts.socket_first[socket] = kNoCpu;
    }
    if (threads-- == 2 && --counts.smt_cores == 0) counts.first_sibling = kNoCpu;
  }
}

Ns Core::wake_latency(WaitMode mode, CpuId sleeper) {
  if (mode == WaitMode::Spinning) return latency(Phase::SpinExit, sleeper);
  return latency(Phase::WakeUp, sleeper) + latency(Phase::VmExit, sleeper);
}

void Core::set_polling(CpuId cpu, bool on) {
  rt.idle_spins(cpu, on);
  polling.waited += (rt.now() - polling.since) * polling.aps;
  polling.since = rt.now();
  polling.aps += on ? 1 : -1;
}

/// Returns how long the VM exit of the executing CPU is delayed because the host first serves the
/// exits of waiting APs. An AP makes one exit for each Phase::PollYield that it waits. The result
/// is at most the time since the last call.
Ns Core::polling_exits() {
  const Ns distance = costs.phase(Phase::PollYield).mean_work();
  if (distance == Ns{}) return {};
  rt.settle(writes(Object::Everything));
  polling.waited += (rt.now() - polling.since) * polling.aps;
  polling.since = rt.now();
  const std::int64_t polls = polling.waited.v / distance.v;
  polling.waited = Ns{polling.waited.v % distance.v};
  const Ns passed = rt.now() - std::exchange(polling.served, rt.now());
  return std::min(costs.phase(Phase::VmExit).mean_work() * polls, passed);
}

void Core::pay_vm_exit(CpuId cpu) {
  if (costs.phase(Phase::VmExit).parts.empty()) return;
  spend(Phase::VmExit, cpu);
  rt.work(polling_exits());
}

}  // namespace cpuhp
