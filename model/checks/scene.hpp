// What is so at a place in a stream, as several checks have to know it. Internal to model/checks/.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "model/checks/judged.hpp"
#include "model/checks/kinds.hpp"
#include "model/checks/known.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// One T for each CPU that is asked for.
template <typename T>
class PerCpu {
 public:
  explicit PerCpu(CpuId expected = 0) : values_(expected) {}
  T& operator[](CpuId cpu) {
    if (cpu >= values_.size()) values_.resize(std::size_t{cpu} + 1);
    return values_[cpu];
  }
  /// As it is before anybody has asked.
  T get(CpuId cpu) const { return cpu < values_.size() ? values_[cpu] : T{}; }
  CpuId size() const { return static_cast<CpuId>(values_.size()); }

 private:
  std::vector<T> values_;
};

/// Enters without their exits, by the context that executes them.
class OpenEnters {
 public:
  struct Open {
    const Event* enter = nullptr;
    std::uint32_t below = 0;  ///< the one before of the same context; 0: none
    bool given_up = false;    ///< an exit of one below it was seen, or of none
  };

  explicit OpenEnters(CpuId expected) : tops_(std::size_t{expected} * kRoles), open_(1) {}

  void enter(const Event& e);
  /// Takes the latest one away, whichever it is, and gives up those that the exit passes by.
  void exit(const Event& e);
  /// The task goes on on another CPU, with all that it has open.
  void move(const Event& e);

  /// The enter that this exit belongs to; none: nullptr.
  const Event* of(const Event& exit) const {
    for (const Open* o = latest(exit); o->enter != nullptr; o = &open_[o->below])
      if (!o->given_up && pair(*o->enter, exit)) return o->enter;
    return nullptr;
  }
  /// The latest one of an event's context; below the last one is one without an enter.
  const Open* latest(const Event& e) const {
    const std::size_t context = index(e.on, e.role);
    return &open_[context < tops_.size() ? tops_[context] : 0];
  }
  const Open* below(const Open* o) const { return &open_[o->below]; }

 private:
  static bool pair(const Event& enter, const Event& exit) {
    return enter.cpu == exit.cpu && enter.step == exit.step;
  }
  static std::size_t index(CpuId on, Role role) {
    return std::size_t{on} * kRoles + static_cast<std::size_t>(role);
  }
  std::uint32_t& top(CpuId on, Role role) {
    if (index(on, role) >= tops_.size()) tops_.resize((std::size_t{on} + 1) * kRoles);
    return tops_[index(on, role)];
  }

  std::vector<std::uint32_t> tops_;  ///< by context: its latest one
  std::vector<Open> open_;           ///< the first is nobody's
  std::uint32_t free_ = 0;           ///< a list, too
};

inline void OpenEnters::enter(const Event& e) {
  std::uint32_t& latest = top(e.on, e.role);
  std::uint32_t place = free_;
  if (place == 0) {
    place = static_cast<std::uint32_t>(open_.size());
    open_.emplace_back();
  } else {
    free_ = open_[place].below;
  }
  open_[place] = {&e, latest};
  latest = place;
}

inline void OpenEnters::exit(const Event& e) {
  std::uint32_t& latest = top(e.on, e.role);
  if (latest == 0) return;
  for (std::uint32_t o = latest; o != 0; o = open_[o].below) {
    if (open_[o].given_up) continue;
    open_[o].given_up = true;
    if (pair(*open_[o].enter, e)) break;
  }
  const std::uint32_t place = latest;
  latest = std::exchange(open_[place].below, free_);
  free_ = place;
}

inline void OpenEnters::move(const Event& e) {
  const std::uint32_t first = std::exchange(top(e.cpu, e.role), 0);
  if (first == 0) return;
  std::uint32_t last = first;
  while (open_[last].below != 0) last = open_[last].below;
  std::uint32_t& there = top(static_cast<CpuId>(e.ret), e.role);
  open_[last].below = std::exchange(there, first);
}

/// It is told of each event after the checks were: what they see is the scene before it.
class Scene {
 public:
  struct Cpu {
    bool online = false, active = false;
    StateId rest = 0;  ///< where it rested last
  };

  Scene(const EventStream& all, const Judged& by);

  Cpu cpu(CpuId cpu) const { return cpus_.get(cpu); }
  CpuId cpus() const { return cpus_.size(); }
  /// Of cpu_hotplug_lock: who holds it walks, everybody else registers.
  int writers() const { return writers_; }
  int running() const { return running_; }  ///< operations
  const OpenEnters& open() const { return open_; }

  void see(OnEnter, const Event& e) { open_.enter(e); }
  void see(OnExit, const Event& e) { open_.exit(e); }
  void see(On<EventKind::Move>, const Event& e) { open_.move(e); }
  void see(On<EventKind::OpBegin>, const Event&) { ++running_; }
  void see(On<EventKind::OpEnd>, const Event&) { --running_; }
  void see(On<EventKind::Rest>, const Event& e) { cpus_[e.cpu].rest = e.step; }
  void see(OnMask, const Event& e) {
    const bool on = e.kind == EventKind::MaskSet;
    if (e.name == names.online) cpus_[e.cpu].online = on;
    if (e.name == names.active) cpus_[e.cpu].active = on;
  }
  void see(OnLock, const Event& e) {
    if (e.name == names.hotplug_lock && e.value == 0)
      writers_ += e.kind == EventKind::Acquire ? 1 : -1;
  }

  const EventStream& stream;
  const Judged& judged;
  const std::shared_ptr<const Known> known;
  KnownNames names;

 private:
  PerCpu<Cpu> cpus_;
  OpenEnters open_;
  int writers_ = 0;
  int running_ = 0;
};

}  // namespace cpuhp
