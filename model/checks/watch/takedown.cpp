#include "model/checks/watch/takedown.hpp"

#include <algorithm>
#include <utility>

namespace cpuhp {
namespace {

constexpr const char* kLeft = "docs/kernel.md 7, I20";

}  // namespace

void TakedownWatch::see(OnMask, const Event& e) {
  // A CPU that comes online meanwhile is none of those that are stopped.
  if (stop_ && e.name == names().online && e.kind == EventKind::MaskSet) late_.push_back(e.cpu);
  if (e.name != names().rcu) return;
  Cpu& c = cpus_[e.cpu];
  c.rcu = e.kind == EventKind::MaskSet;
  // From this event on the AP uses what PREPARE has allocated for it.
  if (c.rcu) c.runs = true;
}

void TakedownWatch::see(On<EventKind::Unregister>, const Event& e) {
  timers_ = timers_ && e.step != moves_timers() && e.step != at().hrtimers_prepare;
}

/// Notes the first event of another CPU while stop_machine() runs. Events at the very times of its
/// begin and end do not count, because another CPU may just finish or begin something then.
void TakedownWatch::stands(const Event& e) {
  if (!moving_ && e.on != stop_->on && e.time > stop_->time && scene().cpu(e.on).online &&
      std::ranges::find(late_, e.on) == late_.end())
    moving_ = past(e);
}

void TakedownWatch::see(On<EventKind::StopEnd>, const Event& end) {
  const bool takedown = stop_ && is_takedown(*stop_);
  stop_.reset();
  late_.clear();
  const std::optional<PastEvent> moving = std::exchange(moving_, std::nullopt);
  if (!moving || moving->time >= end.time) return;
  find("I19", "docs/kernel.md 7, I19", *moving, std::string(to_string(moving->kind)),
       cpu_text(moving->on) + " runs code (event " + std::string(to_string(moving->kind)) +
           ") while stop_machine() has stopped all CPUs for " +
           (takedown ? "the takedown of " : "the caches of ") + cpu_text(end.cpu));
}

unsigned TakedownWatch::mover(StateId state) const {
  return (state == moves_timers() ? 1u : 0u) | (state == at().timers_prepare ? 2u : 0u) |
         (state == at().smpcfd_dying ? 4u : 0u);
}

/// Checks the end of cpu:teardown. Does nothing in the asynchronous design, where this step ends
/// before the CPU is reported dead.
void TakedownWatch::taken_down(const Event& exit) {
  if (exit.ret == 0 && !judged().async && cpus_[exit.cpu].rcu)
    find("I20", "docs/kernel.md 7, I20; 71f87b2fc64c", exit, "rcu",
         cpu_text(exit.cpu) + " is taken down, but RCU still waits for this CPU");
}

void TakedownWatch::find_running(const Event& e) {
  find("I38", "docs/kernel.md 7, I38", e, state_name(e.step),
       state_name(e.step) + " runs its teardown callback while " + cpu_text(e.cpu) + " still runs");
}

void TakedownWatch::see(On<EventKind::Complete>, const Event& e) {
  if (e.name == names().done_down && e.on == e.cpu && e.role == Role::Idle && !judged().notifier)
    find("I20", "docs/kernel.md 7, I20; 71f87b2fc64c", e, "done_down",
         "the idle task of the dying " + cpu_text(e.cpu) +
             " calls complete() itself, although RCU either still waits for this CPU or no longer "
             "watches it");
}

void TakedownWatch::see(On<EventKind::Own, EventKind::Disown>, const Event& e) {
  const bool own = e.kind == EventKind::Own;
  if (e.name == names().idle_mm) {
    if (!own && e.on == e.cpu)
      find("I5", "docs/kernel.md 7, I5; bf2c59fce407", e, "idle mm",
           "the dead " + cpu_text(e.cpu) +
               " drops the mm of its idle task itself, while RCU does not watch this CPU");
    return;
  }
  Cpu& c = cpus_[e.cpu];
  for (std::size_t i = 0; i < kMoved.size(); ++i)
    if (e.name == names().moved[i]) {
      c.owns[i] = own;
      c.excused &= ~(1u << i);
    }
  if (own && !scene().cpu(e.cpu).online)
    find("I20", "docs/kernel.md 7, I20; 53dac345395c", e, name(e.name),
         name(e.name) + " are queued on " + cpu_text(e.cpu) + ", although that CPU is not online");
}

void TakedownWatch::see(On<EventKind::Rest>, const Event& e) {
  if (e.step == at().offline) offline(e);
  if (e.step != at().online || !timers_ || at().hrtimers_prepare < 0) return;
  const Cpu& c = cpus_[e.cpu];
  const bool known = !table().at(moves_timers()).teardown.empty();
  // In the notifier design an operation may end before the CPU reaches its idle loop.
  if (known && c.available && !c.owns[0] && (c.excused & 1u) == 0)
    find("I20", "docs/kernel.md 7, I20; 2f8dea1692ee", e, "hrtimers",
         cpu_text(e.cpu) + " is online, but its hrtimer base was not initialised in this bring-up");
}

void TakedownWatch::offline(const Event& e) {
  const Cpu& c = cpus_[e.cpu];
  for (std::size_t i = 0; i < kMoved.size(); ++i)
    if (c.owns[i] && (c.excused >> i & 1u) == 0)
      find("I20", kLeft, e, name(names().moved[i]),
           cpu_text(e.cpu) + " is offline, but still has pending " + name(names().moved[i]));
  if (c.rcu)
    find("I20", kLeft, e, "rcu", cpu_text(e.cpu) + " is offline, but RCU still waits for this CPU");
}

}  // namespace cpuhp
