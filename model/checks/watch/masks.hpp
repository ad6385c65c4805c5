// Check of the CPU masks: when their bits are set and cleared, and which mask contains which (I14,
// I15, I27, I36).
#pragma once

#include <array>
#include <vector>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// - I14: the online bit is set after the STARTING callbacks and cleared before the DYING
///   callbacks;
/// - I15: active CPUs are a subset of online ones. The active bit is set last on the way up (in
///   kernels where `active` is a state), and cleared first on the way down. The cpusets agree with
///   the active bit when an operation ends. The masks of perf and of the deadline scheduler contain
///   only online CPUs;
/// - I27: at least one CPU is online. In kernels that promise it, one of these is not isolated by
///   isolcpus=;
/// - I36: a CPU that is online when no operation moves it is not in the dying mask.
class MaskWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"I14",
          "a CPU's online bit is set after the STARTING callbacks and cleared before the DYING "
          "callbacks"},
      Law{"I15",
          "an active CPU is online: a CPU becomes active after it is online, and becomes inactive "
          "before it is offline; no subsystem's mask contains a CPU that is not online"},
      Law{"I27", "at least one CPU is online, and at least one online CPU is not isolated"},
      Law{"I36", "a CPU that is at rest and online is not set in the dying mask"},
      Law{"cpusets", "when a bring-up returns, the cpusets contain the CPU"}};

  explicit MaskWatch(const Scene& scene)
      : Watch(scene),
        active_is_last_(judged().rules.active_is_a_state && !judged().notifier &&
                        at().sched_active >= 0),
        cpus_(scene.cpus()) {}

  void see(OnMask, const Event& e);
  void see(OnEnter, const Event& e) {
    if (e.role == Role::CpuhpThread) {
      if (active_is_last_ && scene().writers() > 0 && e.step != at().sched_active &&
          scene().cpu(e.cpu).active)
        find_active(e);
    } else if ((e.role == Role::ApBoot || e.role == Role::Stopper) && scene().cpu(e.cpu).online) {
      find_online(e);
    }
  }
  bool looks_into(const Stretch& s) const {
    const Scene::Cpu c = scene().cpu(s.cpu);
    if (s.section == Section::Starting) return c.online;
    return s.section == Section::Online && active_is_last_ && scene().writers() > 0 && c.active;
  }
  void see(On<EventKind::OpBegin>, const Event& e);
  void see(On<EventKind::Rest>, const Event& e);
  void finish();

 private:
  struct Cpu {
    bool dying = false, cpusets = false;
  };

  void set_online(const Event& e, bool on);
  void find_active(const Event& e);
  void find_online(const Event& e);
  void find_dying(const Event& e);
  /// True when the kernel has cpu_dying_mask, which came with 5.13.
  bool has_dying() const { return !judged().rules.control_is_late(); }

  /// In this kernel a bring-up sets `active` last, and a takedown clears it first.
  bool active_is_last_;
  PerCpu<Cpu> cpus_;
  std::vector<CpuId> marked_;  ///< CPUs marked as dying since the operations under way began
  bool frozen_ = false;
  int online_count_ = 0;
  int housekeepers_ = 0;
};

}  // namespace cpuhp
