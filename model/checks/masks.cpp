#include "model/checks/masks.hpp"

namespace cpuhp {
namespace {

constexpr const char* kNested = "docs/kernel.md 7, I15 and 5.5";

}  // namespace

void MaskWatch::see(OnMask, const Event& e) {
  const bool on = e.kind == EventKind::MaskSet;
  if (e.name == names_.online) {
    set_online(e, on);
  } else if (e.name == names_.active) {
    if (on && !scene_.cpu(e.cpu).online)
      find("I15", kNested, e, "active",
           cpu_text(e.cpu) + " is set in the active mask, but not in the online mask");
  } else if (e.name == names_.dying) {
    cpus_[e.cpu].dying = on;
    if (on) marked_.push_back(e.cpu);
  } else if (e.name == names_.cpusets) {
    cpus_[e.cpu].cpusets = on;
  }
}

void MaskWatch::set_online(const Event& e, bool on) {
  online_count_ += on ? 1 : -1;
  const bool keeps_house = !judged_.housekeeping.empty() && judged_.housekeeping.test(e.cpu);
  if (keeps_house) housekeepers_ += on ? 1 : -1;
  if (on) return;
  if (scene_.cpu(e.cpu).active)
    find("I15", kNested, e, "online",
         cpu_text(e.cpu) + " is cleared in the online mask, but is still set in the active mask");
  if (online_count_ == 0)
    find("I27", "docs/kernel.md 7, I27", e, "online", "no CPU is online any more");
  const bool promised =
      judged_.rules.last_housekeeping_busy && !judged_.notifier && !judged_.async && !frozen_;
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
  if (scene_.running() == 0) find_dying(e);
  frozen_ = e.name == names_.suspend || e.name == names_.shutdown;
}

void MaskWatch::see(On<EventKind::Rest>, const Event& e) {
  if (e.step != at().online) return;
  const Cpu& c = cpus_[e.cpu];
  if (c.dying && has_dying())
    find("I36", "docs/kernel.md 7, I36", e, "dying",
         cpu_text(e.cpu) + " is at rest and online, but is still set in the dying mask");
  if (scene_.cpu(e.cpu).active && !c.cpusets)
    find(
        "cpusets", "64c71be97c02", e, "cpusets",
        "the operation is over, but the cpusets were not updated: they do not contain the active " +
            cpu_text(e.cpu));
}

/// Reports the online CPUs that are still in the dying mask, even those that no operation was for.
void MaskWatch::find_dying(const Event& e) {
  for (const CpuId cpu : marked_) {
    const Scene::Cpu c = scene_.cpu(cpu);
    if (has_dying() && cpus_[cpu].dying && c.online && c.active && c.rest == at().online)
      found_.push_back(
          {.invariant = "I36",
           .source = "docs/kernel.md 7, I36",
           .cpu = cpu,
           .time = e.time,
           .text = cpu_text(cpu) + " is online and active, but is still set in the dying mask",
           .place = "dying",
           .event = static_cast<std::size_t>(&e - stream_.events.data())});
  }
  marked_.clear();
}

void MaskWatch::finish() {
  if (!stream_.events.empty() && judged_.complete) find_dying(stream_.events.back());
}

}  // namespace cpuhp
