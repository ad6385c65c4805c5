// The state of the machine at one event of a run, shared by several checks. Internal to
// model/checks/watch/.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "model/checks/judged.hpp"
#include "model/checks/known.hpp"
#include "model/checks/watch/kinds.hpp"
#include "model/checks/watch/parts.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// An array with one T for each CPU, which grows on access.
template <typename T>
class PerCpu {
 public:
  explicit PerCpu(CpuId expected = 0) : values_(expected) {}
  T& operator[](CpuId cpu) {
    if (cpu >= values_.size()) grow(cpu);
    return values_[cpu];
  }
  /// Returns the CPU's value, or T{} where the array has not grown so far.
  T get(CpuId cpu) const { return cpu < values_.size() ? values_[cpu] : T{}; }
  CpuId size() const { return static_cast<CpuId>(values_.size()); }

 private:
  [[gnu::cold]] void grow(CpuId cpu) { values_.resize(std::size_t{cpu} + 1); }

  std::vector<T> values_;
};

/// Enters whose exits have not come, by executing CPU and kind of task. An exit removes the latest
/// enter of its CPU and kind of task, even when the exit belongs to an earlier enter. In that case,
/// no later exit can belong to the enters after that earlier one.
class OpenEnters {
 public:
  struct OpenEnter {
    Event enter;
    /// the previous enter on the same CPU by the same kind of task; 0: none
    std::uint32_t below = 0;
    std::uint32_t next_match = 0;  ///< the previous enter that an exit may match
  };

  explicit OpenEnters(CpuId expected) : contexts_(std::size_t{expected} * kRoles), open_(1) {}

  void enter(const Event& e);
  /// Returns the enter of the exit, or nullptr. It is valid until the next enter. `crowded`:
  /// several tasks drive operations, so it is unknown whose enters a Move has taken to the other
  /// CPU.
  const Event* exit(const Event& e, bool crowded = false);
  /// Handles a Move: the task continues on another CPU, with all its open enters.
  void move(const Event& e);

  /// Returns the latest open enter of the event's context; nullptr: there is none.
  const OpenEnter* latest(const Event& e) const {
    const std::size_t i = index(e.on, e.role);
    return i < contexts_.size() ? at(contexts_[i].latest) : nullptr;
  }
  const OpenEnter* below(const OpenEnter& o) const { return at(o.below); }

 private:
  struct Context {
    std::uint32_t latest = 0, match = 0;
  };

  const OpenEnter* at(std::uint32_t place) const { return place == 0 ? nullptr : &open_[place]; }
  /// True for kinds of tasks that never leave their CPU.
  static bool is_own(Role role) { return !is_general(role); }
  static std::size_t index(CpuId on, Role role) {
    return std::size_t{on} * kRoles + static_cast<std::size_t>(role);
  }
  Context& context(CpuId on, Role role) {
    if (index(on, role) >= contexts_.size()) grow(on);
    return contexts_[index(on, role)];
  }
  [[gnu::cold]] void grow(CpuId on);
  [[gnu::cold]] std::uint32_t add();
  [[gnu::cold]] bool has_match(const Event& e) const;
  [[gnu::cold]] const Event* take_elsewhere(const Event& e);
  void append(std::uint32_t& list, std::uint32_t& there, std::uint32_t OpenEnter::*link);

  std::vector<Context> contexts_;
  std::vector<OpenEnter> open_;  ///< the first entry means "none"
  std::uint32_t free_ = 0;       ///< head of the list of free entries, linked by `below`
};

inline void OpenEnters::enter(const Event& e) {
  Context& c = context(e.on, e.role);
  std::uint32_t place = free_;
  if (place == 0)
    place = add();
  else
    free_ = open_[place].below;
  open_[place] = {e, c.latest, c.match};
  c = {place, place};
}

inline const Event* OpenEnters::exit(const Event& e, bool crowded) {
  if (crowded && !is_own(e.role) && !has_match(e)) return take_elsewhere(e);
  Context& c = context(e.on, e.role);
  if (c.latest == 0) return nullptr;
  const Event* found = nullptr;
  while (c.match != 0 && found == nullptr) {
    const OpenEnter& o = open_[c.match];
    if (o.enter.cpu == e.cpu && o.enter.step == e.step) found = &o.enter;
    c.match = o.next_match;
  }
  const std::uint32_t place = c.latest;
  c.latest = std::exchange(open_[place].below, free_);
  free_ = place;
  return found;
}

/// The machine's state for the checks. The scene handles each event after the checks. So a check
/// sees the machine as it was before the event and, at an exit, the enter that belongs to it.
class Scene {
 public:
  struct Cpu {
    bool online = false, active = false;
    StateId rest = 0;  ///< state in which the last operation left the CPU
  };

  Scene(std::shared_ptr<const EventStream> first_part, const Judged& by);
  /// Goes on to the next part of the run.
  void enter(std::shared_ptr<const EventStream> part, const Judged& by);

  Cpu cpu(CpuId cpu) const { return cpus_.get(cpu); }
  CpuId cpus() const { return cpus_.size(); }
  /// Number of tasks that hold cpu_hotplug_lock as writers. When it is 0, a callback belongs to a
  /// registration; otherwise to a bring-up or takedown.
  int writers() const { return writers_; }
  int running() const { return running_; }  ///< number of operations under way
  const OpenEnters& open() const { return open_; }
  const Event* entered() const { return entered_; }

  void leave(const Event& exit) { entered_ = open_.exit(exit, running_ > 1); }

  void see(OnEnter, const Event& e) { open_.enter(e); }
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

  Parts parts;
  const Judged* judged = nullptr;  ///< only valid while a part is watched, and at the end
  std::shared_ptr<const Known> known;
  KnownNames names;

 private:
  PerCpu<Cpu> cpus_;
  OpenEnters open_;
  const Event* entered_ = nullptr;
  int writers_ = 0;
  int running_ = 0;
};

}  // namespace cpuhp
