// Check of interrupt handlers: where none may run (I6, I20).
#pragma once

#include <array>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// - I6: no handler interrupts a STARTING or DYING callback, because interrupts are off there;
/// - I20: no handler runs on a CPU that is not online, because all that interrupts a CPU has left
///   it before its death.
///
/// A fault's interrupt is an NMI where interrupts are off, or the hypervisor's. It may come anywhere.
class InterruptWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"I6", "no interrupt handler runs within a STARTING or DYING callback"}};

  using Watch::Watch;

  void see(On<EventKind::Interrupt>, const Event& e);

 private:
  bool injected(const Event& interrupt) const;
  const Event* atomic_callback(const Event& interrupt) const;
};

}  // namespace cpuhp
