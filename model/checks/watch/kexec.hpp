// Check of a kexec on powerpc, which wakes the offline CPUs first.
#pragma once

#include <array>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// "kexec": before a kexec that wakes the offline CPUs takes the CPUs down, each present CPU was
/// online (c2296a1e4241). A CPU that does not come up for a fault or an error is no finding.
class KexecWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"kexec", "before a kexec on powerpc, each present CPU has come online"}};

  explicit KexecWatch(const Scene& scene)
      : Watch(scene), cpus_(scene.cpus()), present_(judged().present) {}

  void see(On<EventKind::OpBegin>, const Event& e);
  void see(On<EventKind::OpEnd>, const Event& e);
  void see(On<EventKind::MaskSet>, const Event& e) {
    if (wakes_ && e.name == names().online) cpus_[e.cpu] = 1;
  }
  void see(OnExit, const Event& e) {
    if (e.ret < 0) failed_ = true;
  }
  void see(On<EventKind::Injected>, const Event&) { failed_ = true; }
  void see(On<EventKind::Present>, const Event& e) {
    if (!present_.empty()) present_.assign(e.cpu, e.value != 0);
  }

 private:
  PerCpu<char> cpus_;  ///< 1: the CPU was online since the kexec began
  CpuMask present_;
  bool wakes_ = false;   ///< such a kexec is the only operation under way
  bool failed_ = false;  ///< a fault or an error since it began may keep a CPU offline
};

}  // namespace cpuhp
