#include "model/checks/watch/atomic.hpp"

#include <algorithm>

namespace cpuhp {

void AtomicWatch::see(OnRegister, const Event& e) {
  registered_[e.step] = e.kind == EventKind::Register ? e.value : 0;
}

void AtomicWatch::failed(const Event& exit) {
  // After an error, the CPU still has to call the callback of its next state. (The notifier design
  // has chains instead of states to go through, so this check does not apply to it.)
  if (!judged().notifier && table().is_atomic(exit.step)) cpus_[exit.cpu].wanted = next(exit);
}

bool AtomicWatch::has_callback(StateId state, bool up) const {
  const auto registered = registered_.find(state);
  if (registered != registered_.end())
    return (registered->second & (up ? kRegisterStartup : kRegisterTeardown)) != 0;
  const State& s = table().at(state);
  return !(up ? s.startup : s.teardown).empty();
}

/// Returns the next state with a callback after the state of `exit`, on the CPU's way up or down.
/// Returns -1 when there is none.
StateId AtomicWatch::next(const Event& exit) {
  const bool up = exit.role == Role::ApBoot;
  const StateId target = cpus_[exit.cpu].target;
  const StateId bound = up ? std::min(target, at().ap_online) : std::max(target, at().ap_offline);
  const StateId by = up ? 1 : -1;
  for (auto s = static_cast<StateId>(exit.step + by); up ? s <= bound : s > bound;
       s = static_cast<StateId>(s + by))
    if (has_callback(s, up) && !table().at(s).multi) return s;
  return -1;
}

void AtomicWatch::over(const Event& e) {
  Cpu& c = cpus_[e.cpu];
  if (c.wanted >= 0)
    find("I7", "docs/kernel.md 7, I7; 6f855b39e460", e, state_name(c.wanted),
         "after an error " + cpu_text(e.cpu) + " skips the callback of " + state_name(c.wanted) +
             " and all callbacks after it");
  c.wanted = -1;
}

void AtomicWatch::see(On<EventKind::AtomicSleep>, const Event& e) {
  const auto* const open = scene().open().latest(e);
  const NameId phase = cpus_[e.on].phase;
  const NameId who = phase != 0 || open == nullptr ? phase : open->enter.name;
  if (!told_.insert({who, e.name}).second) return;
  const std::string what = name(e.name) == "wait" ? "sleeps" : "asks for the lock " + name(e.name);
  const std::string where = who == phase ? "phase " : "";
  find("I40", "kernel/sched/core.c, __schedule_bug() and __might_sleep()", e, name(who),
       where + name(who) + " of " + cpu_text(e.cpu) + ' ' + what +
           " in atomic context, where sleeping is forbidden: scheduling while atomic");
}

}  // namespace cpuhp
