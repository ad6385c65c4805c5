// Check for callbacks that block other operations for too long (I42).
#pragma once

#include <array>
#include <string>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// I42: while a bring-up or takedown holds cpu_hotplug_lock, no ONLINE callback takes longer than
/// Limits::online_callback, because every registration and every other operation waits for the
/// lock.
class LongCallbackWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"I42",
          "while a walk holds cpu_hotplug_lock, no callback of the ONLINE section takes longer "
          "than the scenario's `limits` allow"}};

  using Watch::Watch;

  bool looks_into(const Stretch& s) const { return limit() > Ns{} && s.section == Section::Online; }
  void see(OnExit, const Event& e) {
    const Event* const enter = scene().entered();
    if (limit() == Ns{} || scene().writers() == 0 || enter == nullptr) return;
    if (enter->name == names().kick_work || table().section(e.step) != Section::Online) return;
    const Ns took = e.time - enter->time;
    if (took > limit())
      find("I42", "docs/kernel.md 7, I42", e, state_name(e.step),
           state_name(e.step) + " of " + cpu_text(e.cpu) + " takes " + std::to_string(took.v) +
               " ns with cpu_hotplug_lock held, " + std::to_string((took - limit()).v) +
               " ns more than allowed");
  }

 private:
  Ns limit() const { return judged().limits.online_callback; }
};

}  // namespace cpuhp
