// Check of takedowns: what a CPU must hand over before it dies, and which CPU may clean up after it
// (I5, I19, I20, I38).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// - I5: another CPU cleans up after a dead one;
/// - I19: while stop_machine() runs, no other online CPU does anything;
/// - I20: before a dying CPU is dead, its timers and function calls have left it, and RCU no longer
///   waits for it. A bring-up initialises the CPU's hrtimer base again;
/// - I38: memory that PREPARE has allocated is not freed while the CPU runs.
class TakedownWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"I5", "another CPU cleans up what a dead CPU leaves behind"},
      Law{"I19", "while stop_machine() has stopped all CPUs, no other online CPU runs code"},
      Law{"I20",
          "before a dying CPU is dead, its timers and pending function calls have left it and "
          "RCU no longer waits for it; a bring-up initialises the CPU's hrtimer base again"},
      Law{"I38", "memory that PREPARE callbacks allocated is not freed while the CPU runs"}};

  explicit TakedownWatch(const Scene& scene) : Watch(scene), cpus_(scene.cpus()) {}

  void see_any(const Event& e) {
    if (stop_) stands(e);
  }
  void see(OnMask, const Event& e);
  void see(On<EventKind::IdleDead>, const Event& e) { cpus_[e.cpu].runs = false; }
  void see(On<EventKind::Kick, EventKind::Available>, const Event& e) {
    cpus_[e.cpu].available = e.kind == EventKind::Available;
  }
  void see(On<EventKind::StopBegin>, const Event& e) { stop_ = e; }
  void see(On<EventKind::StopEnd>, const Event& e);
  void see(On<EventKind::Unregister>, const Event& e);
  void see(On<EventKind::Own, EventKind::Disown>, const Event& e);
  void see(OnEnter, const Event& e) {
    if (walks_down(e) && e.step <= at().bringup && scene().writers() > 0 && cpus_[e.cpu].runs)
      find_running(e);
  }
  bool looks_into(const Stretch& s) const {
    return stop_ || (s.section == Section::Prepare && !s.up && cpus_.get(s.cpu).runs);
  }
  void see(OnExit, const Event& e) {
    if (e.ret < 0)
      cpus_[e.cpu].excused |= mover(e.step);  // The callback failed, so its work stays on the CPU.
    else if (e.step == at().teardown)
      taken_down(e);
  }
  void see(On<EventKind::Complete>, const Event& e);
  void see(On<EventKind::Rest>, const Event& e);

 private:
  struct Cpu {
    bool rcu = false, runs = false;
    bool available = false;
    /// bits of kMoved: kinds of work that a failed callback did not move away
    unsigned excused = 0;
    std::array<bool, kMoved.size()> owns{};
  };

  void stands(const Event& e);
  void taken_down(const Event& exit);
  void find_running(const Event& e);
  void offline(const Event& e);
  unsigned mover(StateId state) const;
  StateId moves_timers() const {
    return at().hrtimers_dying >= 0 ? at().hrtimers_dying : at().hrtimers_prepare;
  }

  PerCpu<Cpu> cpus_;
  /// True when the table has the states that initialise the timers and move them away.
  bool timers_ = true;
  /// The StopBegin event of the stop_machine() under way.
  std::optional<Event> stop_;
  std::vector<CpuId> late_;  ///< CPUs that came online in it
  std::optional<PastEvent> moving_;
};

}  // namespace cpuhp
