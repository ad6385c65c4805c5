#include "model/checks/exercised.hpp"

#include <algorithm>

#include "model/checks/watch/kinds.hpp"

namespace cpuhp {
namespace {

/// Returns the bit of an invariant.
consteval std::uint64_t bit(std::string_view invariant) {
  for (std::size_t i = 0; i < kExercises.size(); ++i)
    if (kExercises[i].invariant == invariant) return std::uint64_t{1} << i;
  throw "no such invariant";
}

template <typename... Words>
consteval std::uint64_t bits(Words... words) {
  return (bit(words) | ...);
}

constexpr std::uint64_t kOfEnter = bits("I2", "I3", "I25", "complete", "target", "symbol");
constexpr std::uint64_t kOfRest = bits("I8", "I28", "I30");

}  // namespace

/// The reading of one part.
class Exercised::Part {
 public:
  Part(Exercised& all, const EventStream& stream, const Judged& judged)
      : all_(all), stream_(stream), judged_(judged), at_(judged.table.anchors()) {
    if (judged.known != nullptr && judged.names == stream.names.base())
      names_ = judged.known->names;
    names_.look_up(stream.names);
  }

  void see(OnEnter, const Event& e) {
    add(kOfEnter);
    if (e.kind == EventKind::MultiEnter) add(bit("I31"));
    if (is_thread(e.role)) add(bits("I4", "task"));
    if (e.role == Role::ApBoot || e.role == Role::Stopper) add(bits("I40", "I18"));
    if (e.name == names_.kick_work && e.name != 0) return add(bit("I5"));
    const Section section = judged_.table.section(e.step);
    const bool own = section == Section::Starting || section == Section::Online;
    add(own ? bit("I6") : bit("I5"));
    Cpu& c = cpu(e.cpu);
    const bool up = e.value >= e.step;
    if (!up && section == Section::Prepare) add(bit("I38"));
    if (c.called >= 0) add(bit("I1"));
    if (c.failed) add(bit("I10"));
    c.called = e.step;
    c.up = up;
  }
  void see(OnExit, const Event& e) {
    add(bit("I29"));
    if (judged_.limits.online_callback > Ns{} && judged_.table.section(e.step) == Section::Online)
      add(bit("I42"));
    if (e.ret >= 0) return;
    add(bit("I13"));
    const bool atomic = e.role == Role::ApBoot || e.role == Role::Stopper;
    if (atomic && judged_.table.is_atomic(e.step)) return add(bit("I7"));
    fail(e);
  }
  void see(On<EventKind::Injected>, const Event& e) {
    if (e.name != names_.fail || e.name == 0) return;
    add(bits("I30", "I13"));
    cpu(e.cpu).up = e.step > cpu(e.cpu).rest;
    fail(e);
  }
  void see(On<EventKind::Arm>, const Event&) { add(bit("I30")); }
  void see(On<EventKind::Rest>, const Event& e) {
    add(kOfRest);
    Cpu& c = cpu(e.cpu);
    if (e.step == at_.offline || e.step == at_.online) add(bit("I20"));
    if (e.step == at_.online && c.active) add(bit("cpusets"));
    if (e.step < at_.teardown) add(bit("I41"));
    if (c.took > e.step) add(bit("state-resource-leak"));
    if (c.failed) {
      add(bit("I11, I12"));
      c.turn.to = e.step;
      if (std::ranges::find(all_.turns_, c.turn) == all_.turns_.end())
        all_.turns_.push_back(c.turn);
    }
    c.failed = false;
    c.called = -1;
    c.rest = e.step;
  }
  void see(On<EventKind::OpBegin>, const Event& e) {
    if (e.name == names_.suspend || e.name == names_.resume) add(bit("I34"));
    if (e.name == names_.setup) add(bit("I32"));
    if (all_.running_++ > 0) return;
    if (e.name == names_.shutdown && e.ret == 1) add(bit("kexec"));
    if (e.name == names_.write && e.ret == 1 && judged_.rules.smt_skips_offline_cores)
      add(bit("smt"));
    for (Cpu& c : all_.cpus_) c.failed = false;
  }
  void see(On<EventKind::OpEnd>, const Event& e) {
    --all_.running_;
    if (e.ret < 0) add(bits("I11, I12", "I13"));
  }
  void see(OnMask, const Event& e) {
    const bool on = e.kind == EventKind::MaskSet;
    if (e.name == names_.active) {
      cpu(e.cpu).active = on;
      if (on) add(bit("I15"));
    } else if (e.name == names_.online) {
      add(bit("I14"));
      if (!on) add(bits("I15", "I27"));
      if (on && cpu(e.cpu).kicked) add(bit("I23"));
    } else if (e.name == names_.dying && on) {
      add(bit("I36"));
    } else if (on && e.name != names_.rcu && e.name != names_.cpusets && e.name != names_.dying) {
      add(bit("I15"));
    }
  }
  void see(OnLock, const Event& e) {
    if (e.name == names_.state_mutex) all_.registering_ = e.kind == EventKind::Acquire;
    if (e.name == names_.rcu && e.name != 0) all_.inside_ += e.kind == EventKind::Acquire ? 1 : -1;
    add(bit("resource-released"));
    if (e.kind == EventKind::Unlock) return;
    add(bit("resource-exclusive"));
    if (e.name == names_.hotplug_lock) add(bit("I26"));
  }
  void see(On<EventKind::PhaseBegin>, const Event& e) {
    const bool rcu = e.name == names_.rcu_sync || e.name == names_.rcu_expedited;
    if (all_.inside_ > 0 && rcu && e.name != 0) add(bit("I43"));
  }
  void see(On<EventKind::WaitBegin>, const Event& e) {
    add(bit("I22"));
    if (e.name == names_.hotplug_lock) add(bit("I26"));
  }
  void see(On<EventKind::WaitEnd>, const Event& e) {
    if (e.name == names_.alive || e.name == names_.dead) add(bit("I23"));
    if (e.name == names_.done_up || e.name == names_.done_down) add(bit("I21"));
  }
  void see(On<EventKind::Complete>, const Event& e) {
    if (e.name == names_.done_up || e.name == names_.done_down) add(bit("I21"));
    if (e.name == names_.done_down) add(bit("I20"));
  }
  void see(On<EventKind::Kick>, const Event& e) {
    cpu(e.cpu).kicked = true;
    add(bit("told"));
  }
  void see(On<EventKind::Interrupt>, const Event&) { add(bits("I6", "I20")); }
  void see(On<EventKind::Blame>, const Event&) { add(bit("I41")); }
  void see(On<EventKind::Hang>, const Event&) { add(bit("I22")); }
  void see(On<EventKind::Panic>, const Event&) { add(bit("panic")); }
  void see(On<EventKind::Run>, const Event&) { add(bit("I16")); }
  void see(On<EventKind::StopBegin>, const Event& e) {
    if (is_takedown(e)) add(bit("I17"));
  }
  void see(On<EventKind::StopEnd>, const Event&) { add(bit("I19")); }
  void see(On<EventKind::Unpark>, const Event&) { add(bit("I17")); }
  void see(On<EventKind::Available>, const Event&) { add(bit("I18")); }
  void see(On<EventKind::Own, EventKind::Disown>, const Event& e) {
    add(e.name == names_.idle_mm ? bits("I5", "I20") : bit("I20"));
  }
  void see(On<EventKind::SyncState>, const Event&) {
    if (judged_.rules.core_sync == CoreSync::Full) add(bit("I24"));
  }
  void see(On<EventKind::Register>, const Event& e) {
    add(bits("I32", "I33"));
    all_.registered_[e.step] = stream_.names[e.name];
  }
  void see(On<EventKind::Unregister>, const Event&) { add(bits("I33", "I39")); }
  void see(On<EventKind::Disabled>, const Event&) { add(bit("I34")); }
  void see(On<EventKind::Create>, const Event&) { add(bit("I35")); }
  void see(On<EventKind::Wake>, const Event& e) {
    if (e.name == names_.cpuhp) add(bit("I37"));
  }
  void see(On<EventKind::AtomicSleep>, const Event&) { add(bit("I40")); }
  void see(On<EventKind::BootDone>, const Event&) { add(bits("boot", "resource-serial")); }
  void see(On<EventKind::Take>, const Event& e) {
    add(bit("state-resource-taken"));
    cpu(e.cpu).took = std::max(cpu(e.cpu).took, e.step);
  }
  void see(On<EventKind::Give>, const Event&) { add(bit("state-resource-given")); }

 private:
  static bool is_thread(Role role) {
    return role == Role::CpuhpThread || role == Role::Stopper || role == Role::ApBoot;
  }
  void add(std::uint64_t more) { all_.bits_ |= more; }
  Cpu& cpu(CpuId cpu) { return all_.cpus_[cpu]; }

  /// Notes the first failure of a walk. Brackets around the failed step fail after it.
  void fail(const Event& e) {
    Cpu& c = cpu(e.cpu);
    if (c.failed || all_.registering_ || all_.running_ == 0) return;
    c.failed = true;
    c.turn = {.at = e.step, .up = c.up};
  }

  Exercised& all_;
  const EventStream& stream_;
  const Judged& judged_;
  const Anchors& at_;
  KnownNames names_;
};

void Exercised::take(const EventStream& part, const Judged& judged) {
  if (part.events.empty()) return;
  const bool first = cpus_.empty();
  cpus_.resize(std::max<std::size_t>(cpus_.size(), part.nr_cpus));
  if (first) cpus_[judged.boot_cpu].rest = judged.table.anchors().online;
  Part reading(*this, part, judged);
  show_all(part.events, reading);
  bits_ |= bit("time");
}

std::vector<Turn> Exercised::turns() const {
  std::vector<Turn> all = turns_;
  std::ranges::sort(all);
  return all;
}

}  // namespace cpuhp
