// Check that general work runs on active CPUs only (I16).
#pragma once

#include <array>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// I16: no ordinary task begins to run on a CPU that is not active. When a CPU becomes inactive,
/// its ordinary tasks are moved to other CPUs before sched:waitempty ends. A Run event shows on
/// which CPU a task begins or continues to run.
class GeneralWorkWatch : public Watch {
 public:
  static constexpr std::array kLaws{Law{"I16", "ordinary tasks run on active CPUs only"}};

  using Watch::Watch;

  void see(On<EventKind::Run>, const Event& e) {
    if (!scene().cpu(e.on).active)
      find("I16", "docs/kernel.md 7, I16", e, "active",
           "an ordinary task runs on " + cpu_text(e.on) + ", although that CPU is not active");
  }
};

}  // namespace cpuhp
