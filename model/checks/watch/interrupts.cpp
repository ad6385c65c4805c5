#include "model/checks/watch/interrupts.hpp"

namespace cpuhp {

bool InterruptWatch::injected(const Event& interrupt) const {
  const std::string& why = name(interrupt.name);
  return why == "spurious_interrupt" || why == "preempted";
}

/// Returns the enter of the STARTING or DYING callback that the CPU is in; nullptr: there is none.
const Event* InterruptWatch::atomic_callback(const Event& interrupt) const {
  for (const Role role : {Role::CpuhpThread, Role::ApBoot, Role::Stopper, Role::Control}) {
    Event by = interrupt;
    by.role = role;
    const auto* const open = scene().open().latest(by);
    if (open == nullptr || open->enter.name == names().kick_work) continue;
    if (table().valid(open->enter.step) && table().is_atomic(open->enter.step)) return &open->enter;
  }
  return nullptr;
}

void InterruptWatch::see(On<EventKind::Interrupt>, const Event& e) {
  const Event* const callback = atomic_callback(e);
  const bool offline = !scene().cpu(e.on).online;
  if ((callback == nullptr && !offline) || injected(e)) return;
  if (callback != nullptr)
    find("I6", "docs/kernel.md 7, I6; c94291914b20", e, state_name(callback->step),
         "the handler of the interrupt " + name(e.name) + " runs on " + cpu_text(e.on) +
             " within the callback of " + state_name(callback->step) +
             ", where interrupts have to be off");
  else
    find("I20", "docs/kernel.md 7, I20; 3b1596a21fbf", e, name(e.name),
         "the handler of the interrupt " + name(e.name) + " runs on " + cpu_text(e.on) +
             ", although that CPU is not online");
}

}  // namespace cpuhp
