#include "sim/analysis/happened_before.hpp"

#include <array>
#include <utility>

namespace cpuhp {
namespace {

/// Returns a name's id; kNoEvent when the stream does not have the name.
NameId id_of(const Names& names, std::string_view name) {
  const NameId id = names.find(name);
  return id == 0 ? kNoEvent : id;
}

/// Returns in words what a task waited for.
std::string awaited(std::string_view name, CpuId cpu) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWords{
      {{"alive", "alive report"},
       {"callin", "callin"},
       {"came_up", "online bit"},
       {"done_up", "done_up completion"},
       {"done_down", "done_down completion"},
       {"dead", "dead report"}}};
  const std::string whose = "CPU " + std::to_string(cpu) + "'s ";
  for (const auto& [known, word] : kWords)
    if (known == name) return whose + std::string(word);
  if (name == "all_finished") return "all CPUs that are plugged together";
  return std::string(name);
}

}  // namespace

HappenedBefore::HappenedBefore(const EventStream& stream, const StreamFacts& facts)
    : stream_(stream),
      facts_(facts),
      index_(stream, facts.callbacks_only),
      online_(id_of(stream.names, "online")),
      alive_(id_of(stream.names, "alive")),
      finished_(id_of(stream.names, "finished")),
      sparse_irq_(id_of(stream.names, "sparse_irq_lock")),
      work_on_cpu_(id_of(stream.names, "work_on_cpu")),
      general_work_(id_of(stream.names, "general work")) {}

Edge HappenedBefore::of(std::uint32_t i) const {
  return facts_.callbacks_only ? traced(i) : simulated(i);
}

/// True when `a` exists and is later than `b`, or `b` does not exist.
bool HappenedBefore::later(std::uint32_t a, std::uint32_t b) const {
  if (a == kNoEvent) return false;
  return b == kNoEvent || at(a).time > at(b).time;
}

std::string HappenedBefore::who(std::uint32_t i) const {
  const Event& e = at(i);
  return cpuhp::who({.on = e.on, .role = e.role, .cpu = e.cpu}, facts_.boot_cpu);
}

// ------------------------------------------------------------------------------ a simulated run

Edge HappenedBefore::simulated(std::uint32_t i) const {
  const Event& e = at(i);
  if (e.kind == EventKind::WaitEnd) return end_of_wait(i);
  if (const std::uint32_t stop = stop_between(i); stop != kNoEvent) return {.from = stop};
  if (e.kind == EventKind::WaitBegin) {
    const Edge polled = begin_of_wait(i);
    if (polled.from != kNoEvent) return polled;
  }
  switch (e.role) {
    case Role::ApBoot:
      return on_ap(i);
    case Role::CpuhpThread:
      return on_thread(i);
    case Role::Worker:
      return on_worker(i);
    case Role::Control:
      return on_control(i);
    case Role::Other:
      return of_general_work(i);
    case Role::Reader:
      return {.from = index_.task(i) != kNoEvent ? index_.task(i) : index_.on_cpu(i)};
    case Role::Irq:
      return of_interrupt(i);
    case Role::Stopper:
      return of_stop(i);
    case Role::Idle:
      return {.from = index_.inside(i) != kNoEvent ? index_.task(i) : index_.on_cpu(i)};
    case Role::Background:
      break;
  }
  return {.from = index_.on_cpu(i)};
}

/// Returns the event that ended this wait: a completion, or the unlock that gave a lock to the
/// task.
std::uint32_t HappenedBefore::signal_of(std::uint32_t wait_end, std::uint32_t wait_begin) const {
  const Event& e = at(wait_end);
  std::uint32_t signal = index_.last(EventKind::Complete, e.cpu, e.name, wait_end);
  if (name(e) == "all_finished")
    signal = index_.last(EventKind::Complete, kNoCpu, finished_, wait_end);
  const std::uint32_t unlock = index_.last(EventKind::Unlock, kNoCpu, e.name, wait_end);
  if (later(unlock, signal)) signal = unlock;
  const bool while_waiting = signal != kNoEvent && at(signal).time >= at(wait_begin).time;
  return while_waiting ? signal : kNoEvent;
}

Edge HappenedBefore::end_of_wait(std::uint32_t i) const {
  const Event& e = at(i);
  const std::uint32_t begin = index_.inside(i);
  if (begin == kNoEvent || !closes(e, at(begin))) return {.from = index_.task(i)};
  if (at(begin).time == e.time) return {.from = begin};
  const Ns waited = e.time - at(begin).time;
  if (e.ret != 0)
    return {begin, LinkKind::Wait, name(e), who(i) + " waits until the time-out", waited};
  const std::uint32_t signal = signal_of(i, begin);
  if (signal == kNoEvent)
    return {begin, LinkKind::Wait, name(e), who(i) + " waits for " + awaited(name(e), e.cpu),
            waited};
  const bool spins = at(begin).value != 0;
  const bool lock = at(signal).kind == EventKind::Unlock;
  std::string why = who(i) + (spins ? " spins for " : " waits for ");
  why += lock ? name(e) + ", held by " + who(signal) : awaited(name(e), e.cpu);
  return {signal, spins ? LinkKind::SpinExit : LinkKind::WakeUp, name(e), std::move(why), waited};
}

/// Returns the edge for a wait that ends when it begins, because its signal came during the pause
/// between two polls.
Edge HappenedBefore::begin_of_wait(std::uint32_t i) const {
  const Event& e = at(i);
  const std::uint32_t before = index_.task(i);
  const std::uint32_t signal = index_.last(EventKind::Complete, e.cpu, e.name, i);
  // A Timeout or PhaseEnd before the wait is the end of a pause between polls. Only before a sleep
  // a PhaseEnd is something else: the end of the VM exit that a guest's CPU makes to sleep.
  const bool spins = e.value != 0;
  const bool paused = before != kNoEvent && (at(before).kind == EventKind::Timeout ||
                                             (at(before).kind == EventKind::PhaseEnd && spins));
  if (!paused || !later(signal, before)) return {};
  return {signal, LinkKind::Poll, name(e), who(i) + " polls with pauses", e.time - at(before).time};
}

/// Returns the end of the stop_machine() that this task has called since its previous event.
std::uint32_t HappenedBefore::stop_between(std::uint32_t i) const {
  const std::uint32_t before = index_.task(i);
  if (before == kNoEvent || at(i).role == Role::Stopper) return kNoEvent;
  const Event& asked = at(before);
  if (asked.kind != EventKind::Acquire || asked.name != sparse_irq_) return kNoEvent;
  const std::uint32_t stop = index_.until(EventKind::StopEnd, asked.cpu, 0, i);
  return stop != kNoEvent && at(stop).time >= asked.time ? stop : kNoEvent;
}

/// Returns the edge of an event in stop_machine(). The edge of its begin leads back to the caller,
/// at the event at which it took sparse_irq_lock, just before the call.
Edge HappenedBefore::of_stop(std::uint32_t i) const {
  const Event& e = at(i);
  if (e.kind != EventKind::StopBegin) return {.from = index_.task(i)};
  if (!is_takedown(e)) return {.from = index_.on_cpu(i)};
  const std::uint32_t asked = index_.until(EventKind::Acquire, e.cpu, sparse_irq_, i);
  if (asked != kNoEvent)
    return {asked,          LinkKind::Stopped,
            "stop_machine", "stop_machine() stops every CPU",
            Ns{},           "CPU " + std::to_string(e.cpu) + " is to be taken down"};
  return {.from = index_.on_cpu(i)};
}

Edge HappenedBefore::on_ap(std::uint32_t i) const {
  const Event& e = at(i);
  const std::uint32_t before = index_.task(i);
  const std::uint32_t kick = index_.last(EventKind::Kick, e.cpu, i);
  if (kick != kNoEvent && (before == kNoEvent || at(before).time <= at(kick).time))
    return {kick,    LinkKind::Hardware,
            "alive", "CPU " + std::to_string(e.cpu) + " was kicked by the " + who(kick),
            Ns{},    "CPU " + std::to_string(e.cpu) + " waits for its kick"};
  if (index_.inside(i) == kNoEvent) return after_gap_on_ap(i);
  return {.from = before};
}

/// Returns the edge of an AP's event after a time without events. In this time the AP may have
/// waited for its release, or until its socket's first CPU was online (for the TSC).
Edge HappenedBefore::after_gap_on_ap(std::uint32_t i) const {
  const Event& e = at(i);
  const std::uint32_t before = index_.task(i);
  if (before == kNoEvent) return {.from = index_.on_cpu(i)};
  const Ns waited = e.time - at(before).time;
  const auto in_gap = [&](std::uint32_t j) {
    return j != kNoEvent && at(j).time >= at(before).time && at(j).on != e.on;
  };
  const std::string cpu = "CPU " + std::to_string(e.cpu);
  const std::uint32_t release = index_.last(EventKind::Release, e.cpu, i);
  if (in_gap(release))
    return {release, LinkKind::SpinExit, "release",
            cpu + " spins for its release by the " + who(release), waited};
  const std::uint32_t online = waited > Ns{} ? socket_online(i) : kNoEvent;
  if (online != kNoEvent)
    return {online, LinkKind::SpinExit, "tsc_sync",
            cpu + " spins until its socket's first CPU is online", waited};
  return {.from = before};
}

/// Returns the latest event at which another CPU of the socket came online, if it is later than the
/// task's previous event.
std::uint32_t HappenedBefore::socket_online(std::uint32_t i) const {
  const Event& e = at(i);
  const Topology* const t = facts_.topology;
  std::uint32_t latest = kNoEvent;
  for (CpuId cpu = 0; t != nullptr && cpu < t->nr_cpus(); ++cpu) {
    if (cpu == e.cpu || !t->same_socket(cpu, e.cpu)) continue;
    const std::uint32_t online = index_.last(EventKind::MaskSet, cpu, online_, i);
    if (later(online, index_.task(i)) && later(online, latest)) latest = online;
  }
  return latest;
}

Edge HappenedBefore::on_thread(std::uint32_t i) const {
  const Event& e = at(i);
  const std::uint32_t before = index_.task(i);
  if (index_.inside(i) != kNoEvent) return {.from = before};
  const std::uint32_t wake = index_.last(EventKind::Wake, e.on, i);
  if (wake == kNoEvent || later(before, wake)) return {.from = before};
  return {wake,
          LinkKind::WakeUp,
          "cpuhp/" + std::to_string(e.on),
          "woken by " + std::string(drives(at(wake).role) ? "the " : "") + who(wake),
          Ns{},
          "cpuhp/" + std::to_string(e.on) + " waits to be woken"};
}

/// Returns the edge of an event on a kworker: that of work_on_cpu(), or, in the asynchronous
/// design, the one that polls the APs.
Edge HappenedBefore::on_worker(std::uint32_t i) const {
  const Event& e = at(i);
  const std::uint32_t before = index_.task(i);
  if (e.kind == EventKind::Release) {
    const std::uint32_t alive = index_.last(EventKind::Complete, e.cpu, alive_, i);
    const std::uint32_t busy = index_.on_cpu(i);
    if (later(alive, busy))
      return {alive, LinkKind::Poll, "handshake",
              "the kworker polls every 100 us whether an AP is alive"};
    return {busy, LinkKind::Core, "handshake", ""};
  }
  if (index_.inside(i) != kNoEvent) return {.from = before};
  const std::uint32_t hop = index_.last(EventKind::WaitBegin, e.cpu, work_on_cpu_, i);
  if (later(hop, before)) return {hop, LinkKind::WakeUp, "kworker", "a kworker takes the CPU down"};
  const std::uint32_t dead = index_.last(EventKind::IdleDead, e.cpu, i);
  const bool another = before == kNoEvent || at(before).cpu != e.cpu;
  if (dead != kNoEvent && (another || later(dead, before)))
    return {dead, LinkKind::Interrupt, "cpuhp_complete_idle_dead",
            "deferred work after CPU " + std::to_string(e.cpu) + " has reported dead"};
  if (before == kNoEvent) return {.from = index_.on_cpu(i)};
  return {.from = before};
}

Edge HappenedBefore::on_control(std::uint32_t i) const {
  const Event& e = at(i);
  const std::uint32_t before = index_.task(i);
  if (e.kind == EventKind::OpBegin)
    return {index_.on_cpu(i), LinkKind::Core, "before the operation", ""};
  // A Move on the CPU that the task leaves begins its way. One on the new CPU ends it.
  const CpuId here = e.kind == EventKind::Move ? e.cpu : e.on;
  const bool moved = before != kNoEvent && at(before).kind == EventKind::Move &&
                     at(before).on != here && at(before).ret == static_cast<int>(here);
  if (moved)
    return {before, LinkKind::WakeUp, "migration",
            "the task moves away from the CPU that goes down"};
  if (e.kind == EventKind::Acquire) {  // repeated try_lock()
    const std::uint32_t unlock = index_.last(EventKind::Unlock, kNoCpu, e.name, i);
    if (before != kNoEvent && later(unlock, before) && at(before).kind != EventKind::WaitEnd)
      return {unlock, LinkKind::Poll, name(e), who(i) + " polls for " + name(e),
              e.time - at(before).time};
  }
  if (const std::uint32_t alive = primary_alive(i); alive != kNoEvent)
    return {alive, LinkKind::Poll, "primary thread",
            "CPU " + std::to_string(e.cpu) + " is kicked when its core's first thread is alive",
            e.time - at(before).time};
  return {.from = before};
}

/// Returns the event at which the CPU core's first thread reported alive. In the asynchronous
/// design the control CPU polls for it.
std::uint32_t HappenedBefore::primary_alive(std::uint32_t i) const {
  const Event& e = at(i);
  const std::uint32_t before = index_.task(i);
  if (facts_.topology == nullptr || before == kNoEvent || e.cpu >= facts_.topology->nr_cpus() ||
      facts_.topology->is_primary(e.cpu) || e.time - at(before).time <= 1_ns ||
      index_.inside(i) != kNoEvent)
    return kNoEvent;
  for (CpuId cpu = 0; cpu < facts_.topology->nr_cpus(); ++cpu) {
    const bool core = facts_.topology->same_core(cpu, e.cpu);
    if (!core || !facts_.topology->is_primary(cpu)) continue;
    const std::uint32_t alive = index_.last(EventKind::Complete, cpu, alive_, i);
    if (later(alive, before)) return alive;
  }
  return kNoEvent;
}

/// Returns the edge of a task of general work (no kernel thread of a CPU). The edge of its start
/// leads back to the task that asked for it or, when its CPU went down and it has started again on
/// another CPU, to its previous start.
Edge HappenedBefore::of_general_work(std::uint32_t i) const {
  const Event& e = at(i);
  if (e.kind != EventKind::Run) return {.from = index_.task(i)};
  const std::uint32_t sent = index_.last(EventKind::WaitBegin, e.cpu, general_work_, i);
  const std::uint32_t moved = index_.last(EventKind::Run, e.cpu, i);
  const std::uint32_t from = later(moved, sent) ? moved : sent;
  if (from == kNoEvent) return {.from = index_.on_cpu(i)};
  return {from, LinkKind::WakeUp, "general work", ""};
}

/// Returns the edge of an event in an IPI handler. It leads back to the IdleDead event of the dying
/// CPU, which sent the IPI.
Edge HappenedBefore::of_interrupt(std::uint32_t i) const {
  const Event& e = at(i);
  const std::uint32_t dead = index_.last(EventKind::IdleDead, e.cpu, i);
  if (e.kind == EventKind::Interrupt || dead == kNoEvent) return {.from = index_.on_cpu(i)};
  return {dead, LinkKind::Interrupt, "cpuhp_complete_idle_dead",
          "CPU " + std::to_string(e.cpu) + " reports by an IPI that it is dead"};
}

// ------------------------------------------------------------------------------ a trace

/// Returns the edge to the previous event of the same CPU or of the same task, whichever is later.
/// A trace has only callbacks, so nothing else is known.
Edge HappenedBefore::traced(std::uint32_t i) const {
  const Event& e = at(i);
  const std::uint32_t task = index_.task(i), subject = index_.subject(i);
  const bool other = subject != kNoEvent && (task == kNoEvent || subject > task);
  if (!other) return {.from = task};
  const std::string cpu = "CPU " + std::to_string(e.cpu);
  const bool up_to_ap = drives(at(subject).role) && !drives(e.role);
  if (up_to_ap && at(subject).kind != EventKind::Exit &&
      stream_.names[at(subject).name] != "cpuhp_kick_ap_work")
    return {subject, LinkKind::Hardware, facts_.step(at(subject).step),
            cpu + " comes up by itself, which a trace does not show"};
  std::string why = drives(e.role) ? "the control task waits for " + who(subject)
                                   : who(i) + " is woken by the control task";
  return {subject, LinkKind::WakeUp, who(drives(e.role) ? subject : i), std::move(why)};
}

}  // namespace cpuhp
