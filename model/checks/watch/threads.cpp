#include "model/checks/watch/threads.hpp"

namespace cpuhp {

void ThreadWatch::see(On<EventKind::Wake>, const Event& e) {
  if (e.name == names().cpuhp) woken_[e.cpu] = past(e);
}

void ThreadWatch::see(OnThread, const Event& e) {
  const bool on = e.kind == EventKind::Unpark;
  if (on) unpark(e);
  Cpu& c = cpus_[e.cpu];
  if (e.name == names().cpuhp) c.hotplug.set(on, e.time);
  if (e.name == names().smpboot) c.others.set(on, e.time);
  if (e.name == names().stopper) c.stopper = on;
}

void ThreadWatch::unpark(const Event& e) {
  constexpr const char* kSource = "docs/kernel.md 7, I17; 9cd4f1a4e7a8";
  // In 4.6 to 4.12 and in the asynchronous design the idle task unparks the thread. This does not
  // sleep, because the kernel makes sure that the thread is parked.
  const bool by_itself = judged().rules.ap_kicks_itself || judged().async;
  if (e.name == names().cpuhp && e.role == Role::ApBoot && !by_itself)
    find("I17", kSource, e, "cpuhp",
         "the idle task of " + cpu_text(e.cpu) +
             " unparks a thread, but the idle task may not sleep");
  if (e.name == names().smpboot && judged().notifier && !scene().cpu(e.cpu).active)
    find("I17", "00df35f99191", e, "smpboot",
         "the per-CPU threads of " + cpu_text(e.cpu) + " are unparked before the CPU is active");
}

void ThreadWatch::stop(const PastEvent& e) {
  const Cpu& c = cpus_[e.cpu];
  const bool hotplug = c.hotplug.ran_all(e.time) && !judged().async && !judged().notifier;
  const char* const running = hotplug ? "cpuhp" : c.others.ran_all(e.time) ? "smpboot" : nullptr;
  if (running != nullptr)
    find("I17", "docs/kernel.md 7, I17; 85f1abe0019f", e, running,
         cpu_text(e.cpu) + " is taken down, but its " + running + " threads are not parked");
}

void ThreadWatch::see(On<EventKind::Available>, const Event& e) {
  if (!cpus_[e.cpu].stopper)
    find("I18", "docs/kernel.md 7, I18; 45178ac0cea8", e, "stopper",
         cpu_text(e.cpu) + " is in its idle loop, but its stopper thread is not enabled");
}

void ThreadWatch::find_parked(const Event& e) {
  find("I18", "docs/kernel.md 7, I18", e, state_name(e.step),
       "the stopper thread of " + cpu_text(e.cpu) +
           " was parked before the DYING callbacks were over");
}

void ThreadWatch::see(On<EventKind::Create>, const Event& e) {
  if (std::exchange(cpus_[e.cpu].made, true))
    find("I35", "docs/kernel.md 7, I35", e, name(e.name),
         "the per-CPU threads of " + cpu_text(e.cpu) + " are created a second time");
}

void ThreadWatch::finish() {
  if (!judged().complete || lost_seen_) return;
  for (const auto& [cpu, woken] : woken_)
    find("I37", "docs/kernel.md 7, I37", woken, "cpuhp",
         "the hotplug thread of " + cpu_text(cpu) + " was woken and never ran");
}

}  // namespace cpuhp
