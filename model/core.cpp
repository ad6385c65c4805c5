#include "model/core.hpp"

#include <algorithm>
#include <utility>

#include "model/sync.hpp"

namespace cpuhp {
namespace {

/// Streams of draws: phases and steps never share one.
constexpr std::uint32_t kPhaseStream = 1;

}  // namespace

Core::Core(const MachineConfig& c, const Blueprint& blueprint, Runtime& runtime)
    : rt(runtime),
      config(c),
      costs(c.costs),
      names(blueprint.names),
      online(c.topology.nr_cpus()),
      occurrence(c.topology.nr_cpus()),
      blueprint_(blueprint),
      mixed_seed_(mix64(c.seed)),
      disturbed_(c.trace_functions || c.jitter > 1),
      plan_(c.faults, c.seed),
      interrupts_off_(c.topology.nr_cpus()) {
  counts_.socket.resize(c.topology.sockets());
  counts_.socket_first.assign(c.topology.sockets(), kNoCpu);
  counts_.core.resize(blueprint.cores.size());
  for (const NameId lock : blueprint.name.locks) locks_.push_back(std::make_unique<Mutex>(lock));
}

Core::~Core() = default;

bool Core::applies(When when, CpuId cpu) {
  switch (when) {
    case When::Always:
      return true;
    case When::Primary:
      return config.topology.is_primary(cpu);
    case When::Secondary:
      return !config.topology.is_primary(cpu);
    case When::FirstOfSocket: {
      rt.sync();
      const std::uint32_t socket = config.topology.place(cpu).socket;
      CpuId& first = counts_.socket_first[socket];
      if (first == kNoCpu) first = cpu;
      return first == cpu;
    }
    case When::FirstSibling:
      rt.sync();
      return counts_.first_sibling == cpu;
    case When::RemoteNode:
      return config.topology.place(cpu).node != config.topology.place(config.boot_cpu).node;
  }
  return false;
}

bool Core::interrupts_off() const {
  return rt.role() == Role::ApBoot || rt.role() == Role::Stopper || interrupts_off_.test(rt.cpu());
}

void Core::spend_part(const CostPart& part, CpuId cpu, DrawKey key) {
  if (part.is_plain()) return rt.work(drawn(part.work, key));
  if (!applies(part.when, cpu)) return;
  // A step with interrupts off can neither sleep nor take a sleeping lock: it burns its waiting
  // time instead.
  const bool atomic = interrupts_off();
  const bool locked = part.lock != kNoLock && !atomic;
  if (locked) lock(part.lock).lock(*this, cpu);
  Ns work = drawn(part.work, key);
  if (part.per_online != Ns{} || part.per_online_squared != Ns{}) {
    rt.sync(Settle::PerOnline);
    const auto n = static_cast<std::int64_t>(online.weight());
    work += part.per_online * n + part.per_online_squared * (n * n);
  }
  key.stream += 0x100;
  const Ns wait = drawn(part.wait, key);
  rt.work(atomic ? work + wait : work);
  if (!atomic && wait > Ns{}) rt.sleep(wait);
  if (locked) lock(part.lock).unlock(*this, cpu);
}

void Core::spend_parts(const Cost& cost, CpuId cpu, DrawKey key) {
  for (const CostPart& part : cost.parts) {
    spend_part(part, cpu, key);
    key.stream += 0x1000;
  }
}

/// Up to `jitter` times as long or as short, drawn from the seed: so that every order of what
/// different CPUs do comes up in some run.
Ns Core::with_jitter(Ns duration, const DrawKey& key) const {
  constexpr std::uint32_t kJitterStream = 0x200'0000;
  DrawKey k = key;
  k.stream += kJitterStream;
  const auto j = static_cast<std::int64_t>(config.jitter);
  const std::int64_t times = 1 + scale_bits(draw_bits(k), j * j - 1);
  return Ns{std::max<std::int64_t>(1, duration.v / j * times + duration.v % j * times / j)};
}

void Core::spend(Phase phase, CpuId cpu) {
  const NameId id = blueprint_.name.phases[static_cast<std::size_t>(phase)];
  if (!plan_.no_phases()) strike({.cpu = cpu, .phase = phase}, id);
  const Cost& cost = costs.phase(phase);
  if (cost.parts.empty()) return;
  event(EventKind::PhaseBegin, cpu, {.name = id});
  spend(cost, cpu,
        {config.seed, kPhaseStream, cpu, static_cast<std::int32_t>(phase), 0, occurrence[cpu]});
  event(EventKind::PhaseEnd, cpu, {.name = id});
}

Ns Core::latency(Phase phase, CpuId cpu) {
  Ns sum{};
  std::uint32_t stream = kPhaseStream;
  for (const CostPart& part : costs.phase(phase).parts) {
    if (!applies(part.when, cpu)) continue;
    const DrawKey key{config.seed, stream,         cpu, static_cast<std::int32_t>(phase),
                      0,           occurrence[cpu]};
    sum += jittered(part.work.draw(key) + part.wait.draw(key), key);
    stream += 0x1000;
  }
  return sum;
}

const Fault* Core::planned_fault(FaultKind kind, FaultPlace place) {
  place.operation = operation;
  place.occurrence = occurrence[place.cpu];
  return plan_.strikes(kind, place, rt);
}

void Core::injected(FaultKind kind, const FaultPlace& place) {
  event(EventKind::Injected, place.cpu, {.step = place.state, .name = name(to_string(kind))});
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
  if (const Fault* f = fault(FaultKind::Preempted, place)) {
    injected(FaultKind::Preempted, place);
    // A machine that stands still waits for its stopper's vCPU.
    if (rt.role() == Role::Stopper)
      rt.work(f->delay);
    else
      rt.interrupt(rt.cpu(), {.why = name(to_string(f->kind)), .handler = f->delay, .burns = true},
                   [] {});
  }
  if (const Fault* f = fault(FaultKind::Delay, place)) {
    injected(FaultKind::Delay, place);
    rt.work(f->delay);
  }
}

void Core::panic(CpuId cpu, std::string_view text) {
  rt.arrive();  // nothing happens after it: everybody has to be there
  die(cpu, text);
}

void Core::die(CpuId cpu, std::string_view text) {
  event(EventKind::Panic, cpu, {.name = name(text)});
  panicked_ = true;
  throw SimulatedPanic{std::string(text)};
}

void Core::set_online(CpuId cpu, bool on) {
  rt.sync();
  if (online.test(cpu) == on) return;
  online.assign(cpu, on);
  rt.set_stoppable(cpu, on);
  event(on ? EventKind::MaskSet : EventKind::MaskClear, cpu, {.name = blueprint_.name.online});
  const std::uint32_t socket = config.topology.place(cpu).socket;
  std::uint32_t& threads = counts_.core[blueprint_.core_of[cpu]];
  if (on) {
    ++counts_.socket[socket];
    if (counts_.socket_first[socket] == kNoCpu) counts_.socket_first[socket] = cpu;
    if (++threads == 2 && counts_.smt_cores++ == 0) counts_.first_sibling = cpu;
  } else {
    if (--counts_.socket[socket] == 0) counts_.socket_first[socket] = kNoCpu;
    if (threads-- == 2 && --counts_.smt_cores == 0) counts_.first_sibling = kNoCpu;
  }
}

Ns Core::wake_latency(WaitMode mode, CpuId sleeper) {
  if (mode == WaitMode::Spinning) return latency(Phase::SpinExit, sleeper);
  return latency(Phase::WakeUp, sleeper) + latency(Phase::VmExit, sleeper);
}

void Core::set_polling(CpuId cpu, bool on) {
  rt.idle_spins(cpu, on);
  polling_.waited += (rt.now() - polling_.since) * polling_.aps;
  polling_.since = rt.now();
  polling_.aps += on ? 1 : -1;
}

/// What the host does for polling APs before it comes to the next exit of another CPU: an exit for
/// every PollYield of waiting, but no more than half of the time that has passed (fair shares).
Ns Core::polling_exits() {
  const Ns distance = costs.phase(Phase::PollYield).mean_work();
  if (distance == Ns{}) return {};
  rt.sync();
  polling_.waited += (rt.now() - polling_.since) * polling_.aps;
  polling_.since = rt.now();
  const std::int64_t polls = polling_.waited.v / distance.v;
  polling_.waited = Ns{polling_.waited.v % distance.v};
  const Ns passed = rt.now() - std::exchange(polling_.served, rt.now());
  return std::min(costs.phase(Phase::VmExit).mean_work() * polls, passed);
}

void Core::pay_vm_exit(CpuId cpu) {
  if (costs.phase(Phase::VmExit).parts.empty()) return;
  spend(Phase::VmExit, cpu);
  rt.work(polling_exits());
}

}  // namespace cpuhp
