// Check for grace periods that end too early (I43).
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// I43: a task that waits for RCU waits until every reader that was inside when it began has left.
class GracePeriodWatch : public Watch {
 public:
  static constexpr std::array kLaws{Law{
      "I43", "no grace period ends before the readers that began before it (kernel/rcu/tree.c)"}};

  using Watch::Watch;

  void see(OnLock, const Event& e) {
    if (names().rcu == 0 || e.name != names().rcu) return;
    if (e.kind == EventKind::Acquire) {
      inside_.push_back(e.instance);
      return;
    }
    std::erase(inside_, e.instance);
    for (Wait& wait : waits_) std::erase(wait.readers, e.instance);
  }
  void see(On<EventKind::PhaseBegin>, const Event& e) {
    if (is_wait(e) && !inside_.empty()) waits_.push_back({key(e), inside_});
  }
  void see(On<EventKind::PhaseEnd>, const Event& e) {
    if (waits_.empty() || !is_wait(e)) return;
    const auto wait = std::ranges::find(waits_, key(e), &Wait::by);
    if (wait == waits_.end()) return;
    if (!wait->readers.empty())
      find("I43", "docs/kernel.md 7, I43", e, "rcu",
           "a grace period for which a task on behalf of " + cpu_text(e.cpu) +
               " waited is over, but reader " + std::to_string(wait->readers.front()) +
               " has been inside since before it");
    waits_.erase(wait);
  }

 private:
  using Key = std::pair<CpuId, Role>;  ///< a task: whom it works for, and what it is
  struct Wait {
    Key by;
    std::vector<std::uint16_t> readers;  ///< inside since before, by number
  };

  static Key key(const Event& e) { return {e.cpu, e.role}; }
  bool is_wait(const Event& e) const {
    return e.name != 0 && (e.name == names().rcu_sync || e.name == names().rcu_expedited);
  }

  std::vector<std::uint16_t> inside_;
  std::vector<Wait> waits_;
};

}  // namespace cpuhp
