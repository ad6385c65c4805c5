// Check of each CPU's kernel threads: when they are created, parked, unparked and woken (I17, I18,
// I35, I37).
#pragma once

#include <array>
#include <map>
#include <optional>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// - I17: a CPU's threads are parked before stop_machine() takes it down. A task that may sleep
///   unparks the hotplug thread. The notifier design unparks the other threads only once the CPU
///   is active;
/// - I18: the stopper is unparked before the idle loop, and stays unparked until after the DYING
///   callbacks;
/// - I35: a CPU's threads are created only once;
/// - I37: a hotplug thread that is woken runs.
class ThreadWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"I17", "the per-CPU threads of a CPU are parked before its takedown"},
      Law{"I18",
          "the stopper thread of a CPU is enabled from its idle loop to its DYING callbacks"},
      Law{"I35", "the per-CPU threads of a CPU are created once"},
      Law{"I37", "after a wake-up, a hotplug thread runs"}};

  explicit ThreadWatch(const Scene& scene) : Watch(scene), cpus_(scene.cpus()) {
    cpus_[judged().boot_cpu] = {
        .hotplug = {.on = true}, .others = {.on = true}, .stopper = true, .made = true};
  }

  void see_any(const Event& e) {
    if (e.role == Role::CpuhpThread) woken_.erase(e.on);
    if (stop_ && e.time > stop_->time) stop(*std::exchange(stop_, std::nullopt));
  }
  bool looks_into(const Stretch& s) const {
    return stop_ || (s.role == Role::Stopper && !cpus_.get(s.cpu).stopper);
  }
  void see(const Stretch& s) {
    if (s.role == Role::CpuhpThread) woken_.erase(s.on);
  }
  void see(OnThread, const Event& e);
  /// Among events with the same time, those of the dying CPU may come before the StopBegin of the
  /// CPU that stops the machine. So stop() is called only once this time is over.
  void see(On<EventKind::StopBegin>, const Event& e) {
    if (is_takedown(e)) stop_ = past(e);
  }
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
  /// Threads that are parked and unparked together.
  struct Threads {
    bool on = false;      ///< unparked
    Ns parked_until{-1};  ///< when they were unparked last

    void set(bool now, Ns time) {
      if (now && !on) parked_until = time;
      on = now;
    }
    /// True when they were unparked throughout that date. At one date the control CPU may unpark
    /// them behind a stop that took no time.
    bool ran_all(Ns time) const { return on && parked_until != time; }
  };
  struct Cpu {
    Threads hotplug, others;
    bool stopper = false;  ///< true: unparked
    bool made = false;
  };

  void unpark(const Event& e);
  void stop(const PastEvent& e);
  void find_parked(const Event& e);

  PerCpu<Cpu> cpus_;
  std::map<CpuId, PastEvent> woken_;  ///< CPUs whose hotplug thread was woken and has not run since
  bool lost_seen_ = false;
  std::optional<PastEvent> stop_;
};

}  // namespace cpuhp
