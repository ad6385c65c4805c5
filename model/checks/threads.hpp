// Check of the kernel threads of each CPU: when they are parked, unparked, woken, made (I17, I18,
// I35, I37).
#pragma once

#include <array>

#include "model/checks/watch.hpp"

namespace cpuhp {

/// - I17: before the machine stops to take a CPU down, its threads are parked; its hotplug thread
///   is unparked by somebody who may sleep, and its other threads not before the scheduler knows
///   it;
/// - I18: the stopper is there from before the idle loop until after the DYING walk;
/// - I35: threads are made once;
/// - I37: a hotplug thread that was woken runs.
class ThreadWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"I17", "the per-CPU threads of a CPU are parked before its takedown"},
      Law{"I18",
          "the stopper thread of a CPU is enabled from its idle loop to its DYING callbacks"},
      Law{"I35", "the per-CPU threads of a CPU are created once"},
      Law{"I37", "a hotplug thread that is woken runs"}};

  explicit ThreadWatch(const Scene& scene) : Watch(scene), cpus_(stream_.nr_cpus) {
    cpus_[judged_.boot_cpu] = {.hotplug = true, .others = true, .stopper = true, .made = true};
  }

  void see_any(const Event& e) {
    if (e.role == Role::CpuhpThread && woken_ > 0) runs(e.on);
    if (stop_ != nullptr && e.time > stop_->time) stop(*std::exchange(stop_, nullptr));
  }
  bool looks_into(const Stretch& s) const {
    return stop_ != nullptr || (s.role == Role::Stopper && !cpus_.get(s.cpu).stopper);
  }
  void see(const Stretch& s) {
    if (s.role == Role::CpuhpThread && woken_ > 0) runs(s.on);
  }
  void see(OnThread, const Event& e);
  /// At one date, events of the CPU that is taken down may come in the stream before those of the
  /// CPU that stops the machine.
  void see(On<EventKind::StopBegin>, const Event& e) { stop_ = &e; }
  void see(On<EventKind::Available>, const Event& e);
  void see(On<EventKind::Enter>, const Event& e) {
    if (e.role == Role::Stopper && !cpus_[e.cpu].stopper) find_parked(e);
  }
  void see(On<EventKind::Create>, const Event& e);
  void see(On<EventKind::Wake>, const Event& e);
  void see(On<EventKind::Injected>, const Event& e) {
    lost_seen_ = lost_seen_ || name(e.name) == "lost_wakeup";
  }
  void finish();

 private:
  struct Cpu {
    bool hotplug = false, others = false, stopper = false;  ///< true: the thread is unparked
    bool made = false;
    const Event* woken = nullptr;
  };

  void runs(CpuId on);
  void unpark(const Event& e);
  void stop(const Event& e);
  void find_parked(const Event& e);

  PerCpu<Cpu> cpus_;
  CpuId woken_ = 0;  ///< CPUs whose hotplug thread was woken and has not run yet
  bool lost_seen_ = false;
  const Event* stop_ = nullptr;
};

}  // namespace cpuhp
