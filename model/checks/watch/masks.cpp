#include "model/checks/watch/masks.hpp"

namespace cpuhp {
namespace {

constexpr const char* kNested = "docs/kernel.md 7, I15 and 5.5";

}  // namespace

void MaskWatch::see(OnMask, const Event& e) {
  const bool on = e.kind == EventKind::MaskSet;
  if (e.name == names().online) {
    set_online(e, on);
  } else if (e.name == names().active) {
    if (on && !scene().cpu(e.cpu).online)
      find("I15", kNested, e, "active",
           cpu_text(e.cpu) + " is set in the active mask, but not in the online mask");
  } else if (e.name == names().dying) {
    cpus_[e.cpu].dying = on;
    if (on) marked_.push_back(e.cpu);
  } else if (e.name == names().cpusets) {
    cpus_[e.cpu].cpusets = on;
  } else if (on && e.name != names().rcu && !scene().cpu(e.cpu).online) {
    find(
        "I15", kNested, e, name(e.name),
        cpu_text(e.cpu) + " is set in the mask `" + name(e.name) + "`, but not in the online mask");
  }
}

void MaskWatch::set_online(const Event& e, bool on) {
  online_count_ += on ? 1 : -1;
  const bool keeps_house = !judged().housekeeping.empty() && judged().housekeeping.test(e.cpu);
  if (keeps_house) housekeepers_ += on ? 1 : -1;
  if (on) return;
  if (scene().cpu(e.cpu).active)
    find("I15", kNested, e, "online",
         cpu_text(e.cpu) + " is cleared in the online mask, but is still set in the active mask");
  if (online_count_ == 0)
    find("I27", "docs/kernel.md 7, I27", e, "online", "no CPU is online any more");
  const bool promised =
      judged().rules.last_housekeeping_busy && !judged().notifier && !judged().async && !frozen_;
  if (keeps_house && promised && housekeepers_ == 0)
    find("I27", "docs/kernel.md 7, I27; 38685e2a0476", e, "housekeeping",
         cpu_text(e.cpu) + " goes offline, and only isolated CPUs remain online");
}

void MaskWatch::find_active(const Event& e) {
  find("I15", kNested, e, state_name(e.step),
       cpu_text(e.cpu) + " is set in the active mask while its walk is at " + state_name(e.step));
}

void MaskWatch::find_online(const Event& e) {
  find("I14", "docs/kernel.md 7, I14", e, state_name(e.step),
       e.role == Role::Stopper
           ? cpu_text(e.cpu) + " runs a DYING callback, but is still set in the online mask"
           : cpu_text(e.cpu) +
                 " is set in the online mask before its STARTING callbacks have reached " +
                 state_name(e.step));
}

void MaskWatch::see(On<EventKind::OpBegin>, const Event& e) {
  if (scene().running() == 0) find_dying(e);
  frozen_ = e.name == names().suspend || e.name == names().shutdown;
}

void MaskWatch::see(On<EventKind::Rest>, const Event& e) {
  if (e.step != at().online) return;
  const Cpu& c = cpus_[e.cpu];
  if (c.dying && has_dying())
    find("I36", "docs/kernel.md 7, I36", e, "dying",
         cpu_text(e.cpu) + " is at rest and online, but is still set in the dying mask");
  if (scene().cpu(e.cpu).active && !c.cpusets)
    find(
        "cpusets", "64c71be97c02", e, "cpusets",
        "the operation is over, but the cpusets were not updated: they do not contain the active " +
            cpu_text(e.cpu));
}

/// Reports the online CPUs that are still in the dying mask, even those that no operation was for.
void MaskWatch::find_dying(const Event& e) {
  for (const CpuId cpu : marked_) {
    const Scene::Cpu c = scene().cpu(cpu);
    if (!has_dying() || !cpus_[cpu].dying || !c.online || !c.active || c.rest != at().online)
      continue;
    find("I36", "docs/kernel.md 7, I36", e, "dying",
         cpu_text(cpu) + " is online and active, but is still set in the dying mask");
    found_.back().cpu = cpu;
  }
  marked_.clear();
}

void MaskWatch::finish() {
  if (judged().complete) find_dying(scene().parts.latest().events.back());
}

}  // namespace cpuhp
