// Check for the deadlock of a callback that waits for a reader of cpu_hotplug_lock (I26).
#pragma once

#include <array>
#include <map>
#include <optional>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// I26, second half: no callback waits for the end of a reader's round (flush_work()), because the
/// task that runs the callback holds cpu_hotplug_lock. (RegistrationWatch has the law, and checks
/// callbacks that ask for the lock themselves.)
class FlushWatch : public Watch {
 public:
  static constexpr std::array<Law, 0> kLaws{};

  using Watch::Watch;

  void see(OnLock, const Event& e) {
    if (e.name != names().hotplug_lock) return;
    const bool taken = e.kind == EventKind::Acquire;
    if (e.role == Role::Reader) {
      waits_.erase(e.instance);
      if (taken) asked(e);
    } else if (taken) {
      holder_ = past(e);
    } else {
      holder_.reset();
    }
  }
  void see(On<EventKind::WaitBegin>, const Event& e);
  void see(On<EventKind::WaitEnd>, const Event& e);

 private:
  /// A callback that waits for a reader.
  struct Flush {
    PastEvent begin;
    Event callback;  ///< its Enter
  };

  std::optional<std::uint16_t> reader_of(const Event& wait) const;
  void asked(const Event& e);
  void report(const Flush& flush, const PastEvent& asked);

  std::map<std::uint16_t, Flush> flushes_;    ///< by reader
  std::map<std::uint16_t, PastEvent> waits_;  ///< by reader: it waits for the lock
  std::optional<PastEvent> holder_;           ///< the task that called the callback
  bool told_ = false;
};

}  // namespace cpuhp
