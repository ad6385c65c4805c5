#include "sim/analysis/bystanders.hpp"

#include <algorithm>
#include <utility>

#include "model/phases.hpp"

namespace cpuhp {
namespace {

void add_stop(Toll& toll, Ns from, Ns until, CpuId cpus) {
  const Ns length = until - from;
  if (toll.stops++ == 0 || length > toll.longest) {
    toll.longest = length;
    toll.longest_at = from;
  }
  toll.stopped += length * cpus;
}

void add_interrupt(Toll& toll, Ns handler) {
  ++toll.interrupts;
  toll.interrupted += handler;
}

/// True for a role in which something of an operation runs on a CPU.
bool takes_part(Role role) {
  switch (role) {
    case Role::Control:
    case Role::ApBoot:
    case Role::CpuhpThread:
    case Role::Stopper:
    case Role::Idle:
    case Role::Worker:
      return true;
    case Role::Irq:
    case Role::Background:
    case Role::Reader:
    case Role::Other:
      break;
  }
  return false;
}

}  // namespace

const OperationToll* Bystanders::worst() const {
  const OperationToll* worst = nullptr;
  for (const OperationToll& o : operations)
    if (!o.bystanders.empty() && o.bystanders[0].toll.stops > 0 &&
        (worst == nullptr || o.bystanders[0].toll.longest > worst->bystanders[0].toll.longest))
      worst = &o;
  return worst;
}

void BystandersOfRun::take(const EventStream& part) {
  cpus_.resize(part.nr_cpus);
  if (online_.empty()) online_ = busy_ = CpuMask(part.nr_cpus);
  online_name_ = part.names.find("online");
  idle_dead_name_ = part.names.find("cpuhp_complete_idle_dead");
  rcu_sync_name_ = part.names.find(to_string(Phase::RcuSync));
  for (const Event& e : part.events) {
    if (e.on >= cpus_.size()) continue;
    if (e.kind == EventKind::OpBegin) begin_operation(e);
    if (!open_.empty()) note_party(e);
    switch (e.kind) {
      case EventKind::OpEnd:
        end_operation(e);
        break;
      case EventKind::StopBegin:
        stop_ = Stop{.from = e.time, .victim = e.on, .late = {}};
        break;
      case EventKind::StopEnd:
        end_stop(e.time);
        break;
      case EventKind::MaskSet:
      case EventKind::MaskClear:
        if (e.name == online_name_) note_mask(e);
        break;
      case EventKind::Interrupt:
        note_interrupt(e);
        break;
      default:
        if (!housekeeping_.empty()) note_work(e);
    }
  }
}

Bystanders BystandersOfRun::finish(Ns end) {
  if (stop_) end_stop(std::max(end, stop_->from));
  for (Open& open : open_) close(open, end);
  for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu) all_.stopped.push_back(stopped(cpu));
  std::ranges::stable_sort(all_.operations, {}, &OperationToll::begin);
  return std::move(all_);
}

void BystandersOfRun::note_party(const Event& e) {
  const auto note = [this](CpuId cpu) {
    if (cpu < cpus_.size())
      for (Open& open : open_) open.parties.set(cpu);
  };
  if (takes_part(e.role)) note(e.on);
  if (e.kind == EventKind::Interrupt && e.name == idle_dead_name_) note(e.on);
  if (e.kind == EventKind::Move) note(static_cast<CpuId>(e.ret));
  // a general task that goes on elsewhere than where it was asked for
  if (e.kind == EventKind::Run && e.cpu != e.on) note(e.on);
}

void BystandersOfRun::note_mask(const Event& e) {
  Cpu& cpu = cpus_[e.cpu];
  const bool on = e.kind == EventKind::MaskSet;
  if (cpu.online == on) return;
  if (on) {
    cpu.missed += stops_ - cpu.offline_from;
    // A stop comes after the other events of its date.
    if (stop_ && e.time > stop_->from) stop_->late.push_back(e.cpu);
  } else {
    cpu.offline_from = stops_;
  }
  cpu.online = on;
  online_.assign(e.cpu, on);
  online_in_[group_of(e.cpu)] += on ? 1u : -1u;
}

void BystandersOfRun::note_interrupt(const Event& e) {
  const Ns handler = handler_of(e);
  cpus_[e.on].handled += handler;
  for (Open& open : open_) {
    add_interrupt(open.interrupts[e.on], handler);
    if (GroupToll* const g = group(open.toll, group_of(e.on))) add_interrupt(g->toll, handler);
  }
}

// ------------------------------------------------------------------------------ operations

void BystandersOfRun::begin_operation(const Event& e) {
  for (Open& open : open_)
    if (open.toll.operation == e.instance) {
      ++open.depth;
      return;
    }
  for (CpuId cpu = busy_.first(); cpu != kNoCpu; cpu = busy_.next(cpu + 1)) count_work(cpu, e.time);
  Open& open = open_.emplace_back();
  open.toll.operation = e.instance;
  open.toll.begin = e.time;
  open.online = online_;
  open.parties = CpuMask(static_cast<CpuId>(cpus_.size()));
  if (!housekeeping_.empty()) {
    open.toll.isolated.emplace();
    open.toll.housekeeping.emplace();
  }
}

void BystandersOfRun::end_operation(const Event& e) {
  const auto open =
      std::ranges::find_if(open_, [&](const Open& o) { return o.toll.operation == e.instance; });
  if (open == open_.end() || --open->depth > 0) return;
  if (stop_) strike(*open, e.time);
  for (CpuId cpu = busy_.first(); cpu != kNoCpu; cpu = busy_.next(cpu + 1)) count_work(cpu, e.time);
  close(*open, e.time);
  open_.erase(open);
}

/// Writes down the toll of an operation that is over.
void BystandersOfRun::close(Open& open, Ns end) {
  open.toll.end = end;
  std::vector<AlikeCpus>& alike = open.toll.bystanders;
  for (CpuId cpu = open.online.first(); cpu != kNoCpu; cpu = open.online.next(cpu + 1)) {
    if (open.parties.test(cpu)) continue;
    // A stop strikes all bystanders, so only their interrupts can differ.
    Toll toll = open.stops;
    if (const auto i = open.interrupts.find(cpu); i != open.interrupts.end()) {
      toll.interrupts = i->second.interrupts;
      toll.interrupted = i->second.interrupted;
    }
    auto same = std::ranges::find(alike, toll, &AlikeCpus::toll);
    if (same == alike.end())
      same = alike.insert(same, {CpuMask(static_cast<CpuId>(cpus_.size())), toll});
    same->cpus.set(cpu);
  }
  std::ranges::stable_sort(alike, {}, [](const AlikeCpus& a) { return a.toll.interrupts; });
  all_.operations.push_back(std::move(open.toll));
}

GroupToll* BystandersOfRun::group(OperationToll& toll, std::size_t number) {
  std::optional<GroupToll>& g = number == 0 ? toll.isolated : toll.housekeeping;
  return g ? &*g : nullptr;
}

// ------------------------------------------------------------------------------ stops

void BystandersOfRun::end_stop(Ns until) {
  if (!stop_) return;
  for (Open& open : open_) strike(open, until);
  const Ns length = until - stop_->from;
  stops_ += length;
  // Its victim, and who came online too late, stood still for none of it.
  if (stop_->victim < cpus_.size()) {
    Cpu& victim = cpus_[stop_->victim];
    (victim.online ? victim.missed : victim.offline_from) += victim.online ? length : Ns{};
  }
  for (const CpuId cpu : stop_->late) cpus_[cpu].missed += length;
  stop_.reset();
}

/// Adds the stop under way to an operation, as far as it falls within.
void BystandersOfRun::strike(Open& open, Ns until) const {
  const Ns from = std::max(stop_->from, open.toll.begin);
  add_stop(open.stops, from, until, 1);
  for (std::size_t g = 0; g < 2; ++g)
    if (GroupToll* const its = group(open.toll, g))
      if (const CpuId cpus = struck_in(g); cpus > 0) add_stop(its->toll, from, until, cpus);
}

/// Returns how many CPUs of the group the stop under way strikes.
CpuId BystandersOfRun::struck_in(std::size_t group) const {
  CpuId cpus = online_in_[group];
  if (online_.test(stop_->victim) && group_of(stop_->victim) == group) --cpus;
  for (const CpuId cpu : stop_->late)
    if (group_of(cpu) == group) --cpus;
  return cpus;
}

/// Returns how long the CPU has stood still, without the stop under way.
Ns BystandersOfRun::stopped(CpuId cpu) const {
  const Cpu& c = cpus_[cpu];
  return (c.online ? stops_ : c.offline_from) - c.missed;
}

// ------------------------------------------------------------------------------ work

/// Returns the date without the time in stops and interrupt handlers.
Ns BystandersOfRun::own_time(CpuId cpu, Ns date) const {
  const Cpu& c = cpus_[cpu];
  if (stop_ && c.online && cpu != stop_->victim) date = std::min(date, stop_->from);
  return date - stopped(cpu) - c.handled;
}

void BystandersOfRun::note_work(const Event& e) {
  Activity now = cpus_[e.on].roles[static_cast<std::size_t>(e.role)];
  switch (e.kind) {
    case EventKind::Enter:
    case EventKind::MultiEnter:
      ++now.open;
      break;
    case EventKind::PhaseBegin:
      ++now.open;
      if (e.name == rcu_sync_name_) now.asleep = true;
      break;
    case EventKind::Exit:
      if (now.open > 0) --now.open;
      break;
    case EventKind::PhaseEnd:
      if (now.open > 0) --now.open;
      if (e.name == rcu_sync_name_) now.asleep = false;
      break;
    case EventKind::WaitBegin:
      if (e.value == 0)
        now.asleep = true;
      else
        ++now.open;
      break;
    case EventKind::WaitEnd:
      if (!std::exchange(now.asleep, false) && now.open > 0) --now.open;
      break;
    case EventKind::Move: {  // the task takes what is open with it
      const auto role = static_cast<std::size_t>(e.role);
      const Activity taken = cpus_[e.cpu].roles[role];
      change(e.cpu, e.role, e.time, {});
      if (static_cast<CpuId>(e.ret) < cpus_.size())
        change(static_cast<CpuId>(e.ret), e.role, e.time, taken);
      return;
    }
    default:
      return;
  }
  change(e.on, e.role, e.time, now);
}

void BystandersOfRun::change(CpuId cpu, Role role, Ns date, Activity next) {
  Cpu& c = cpus_[cpu];
  Activity& now = c.roles[static_cast<std::size_t>(role)];
  const bool was = now.busy(), is = next.busy();
  now = next;
  if (was == is) return;
  if (c.busy > 0) count_work(cpu, date);
  c.busy += is ? 1u : -1u;
  busy_.assign(cpu, c.busy > 0);
  c.busy_from = own_time(cpu, date);
}

/// Adds the work of a busy CPU up to the date to the operations under way.
void BystandersOfRun::count_work(CpuId cpu, Ns date) {
  const Ns now = own_time(cpu, date);
  const Ns work = now - std::exchange(cpus_[cpu].busy_from, now);
  for (Open& open : open_)
    if (GroupToll* const g = group(open.toll, group_of(cpu))) g->work += work;
}

}  // namespace cpuhp
