// Check of what smt/control may bring up.
#pragma once

#include <array>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// "smt": a write to smt/control starts no CPU of a core that was offline as a whole (2066f00e5b2d,
/// powerpc: 6c17ea1f3eaa). Judged only where the kernel promises it and the cores are known.
class SmtWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"smt", "switching SMT on starts threads only in cores that have a CPU online"}};

  using Watch::Watch;

  void see(On<EventKind::OpBegin>, const Event& e) {
    writes_ = scene().running() == 0 && e.name == names().write && e.ret == 1;
  }
  void see(On<EventKind::OpEnd>, const Event&) { writes_ = false; }
  void see(On<EventKind::Kick>, const Event& e) {
    if (writes_ && judged().rules.smt_skips_offline_cores && core_offline(e.cpu)) find_core(e);
  }

 private:
  /// True when no CPU of the core is online. False where the cores are unknown.
  bool core_offline(CpuId cpu) const;
  void find_core(const Event& kick);

  bool writes_ = false;  ///< a write to smt/control is the only operation under way
};

}  // namespace cpuhp
