#include "model/checks/masks.hpp"

#include "model/checks/watch.hpp"

namespace cpuhp {
namespace {

constexpr const char* kNested = "facts.md 5, I15 and 3.12";

class Masks : Watch {
 public:
  Masks(const EventStream& stream, const Judged& judged)
      : Watch(stream, judged),
        online_(id_of("online")),
        active_(id_of("active")),
        dying_(id_of("dying")),
        cpusets_(id_of("cpusets")),
        hotplug_lock_(id_of("cpu_hotplug_lock")) {
    frozen_ops_[0] = id_of("suspend");
    frozen_ops_[1] = id_of("shutdown");
    cpus_[judged.boot_cpu].state = at().online;
  }

  std::vector<Finding> run() {
    for (const Event& e : stream_.events) see(e);
    if (!stream_.events.empty() && judged_.complete) find_dying(stream_.events.back());
    return std::move(found_);
  }

 private:
  struct Cpu {
    bool online = false, active = false, dying = false, cpusets = false;
    StateId state = 0;  ///< at its last rest
  };

  void see(const Event& e) {
    switch (e.kind) {
      case EventKind::MaskSet:
      case EventKind::MaskClear:
        mask(e, e.kind == EventKind::MaskSet);
        break;
      case EventKind::Enter:
      case EventKind::MultiEnter:
        enter(e);
        break;
      case EventKind::Acquire:
      case EventKind::Unlock:
        if (e.name == hotplug_lock_ && e.value == 0)
          writers_ += e.kind == EventKind::Acquire ? 1 : -1;
        break;
      case EventKind::OpBegin:
        if (running_++ == 0) find_dying(e);
        frozen_ = e.name == frozen_ops_[0] || e.name == frozen_ops_[1];
        break;
      case EventKind::OpEnd:
        --running_;
        break;
      case EventKind::Rest:
        rest(e);
        break;
      default:
        break;
    }
  }

  void mask(const Event& e, bool on) {
    Cpu& c = cpus_[e.cpu];
    if (e.name == online_) {
      set_online(e, c, on);
    } else if (e.name == active_) {
      c.active = on;
      if (on && !c.online)
        find("I15", kNested, e, "active", cpu_text(e.cpu) + " is active and not online");
    } else if (e.name == dying_) {
      c.dying = on;
      if (on) marked_.push_back(e.cpu);
    } else if (e.name == cpusets_) {
      c.cpusets = on;
    }
  }

  void set_online(const Event& e, Cpu& c, bool on) {
    c.online = on;
    online_count_ += on ? 1 : -1;
    const bool keeps_house = !judged_.housekeeping.empty() && judged_.housekeeping.test(e.cpu);
    if (keeps_house) housekeepers_ += on ? 1 : -1;
    if (on) return;
    if (c.active)
      find("I15", kNested, e, "online", cpu_text(e.cpu) + " goes offline and is still active");
    if (online_count_ == 0) find("I27", "facts.md 5, I27", e, "online", "no CPU is online");
    const bool promised =
        judged_.rules.last_housekeeping_busy && !judged_.notifier && !judged_.async && !frozen_;
    if (keeps_house && promised && housekeepers_ == 0)
      find("I27", "facts.md 5, I27; 38685e2a0476", e, "housekeeping",
           cpu_text(e.cpu) + " goes offline, and only isolated CPUs are left");
  }

  void enter(const Event& e) {
    Cpu& c = cpus_[e.cpu];
    if (e.role == Role::ApBoot && c.online)
      find("I14", "facts.md 5, I14", e, state_name(e.step),
           cpu_text(e.cpu) + " is online before its STARTING walk has reached " +
               state_name(e.step));
    if (e.role == Role::Stopper && c.online)
      find("I14", "facts.md 5, I14", e, state_name(e.step),
           cpu_text(e.cpu) + " runs a DYING callback and is still online");
    // Within a walk `active` is the last word up and the first down.
    const bool last =
        judged_.rules.active_is_a_state && !judged_.notifier && at().sched_active >= 0;
    if (last && c.active && writers_ > 0 && e.role == Role::CpuhpThread &&
        e.step != at().sched_active)
      find("I15", kNested, e, state_name(e.step),
           cpu_text(e.cpu) + " is active while its walk is at " + state_name(e.step));
  }

  void rest(const Event& e) {
    Cpu& c = cpus_[e.cpu];
    c.state = e.step;
    if (e.step == at().online && c.dying && has_dying())
      find("I36", "facts.md 5, I36", e, "dying",
           cpu_text(e.cpu) + " rests online and is marked as dying");
    if (e.step == at().online && c.active && !c.cpusets)
      find("cpusets", "64c71be97c02", e, "cpusets",
           "the operation is over, and the cpusets do not know that " + cpu_text(e.cpu) +
               " is active");
  }

  /// The mask came with 5.13.
  bool has_dying() const { return !judged_.rules.control_is_late(); }

  /// CPUs that no operation was about are marked, too.
  void find_dying(const Event& e) {
    for (const CpuId cpu : marked_) {
      const Cpu& c = cpus_[cpu];
      if (has_dying() && c.dying && c.online && c.active && c.state == at().online)
        found_.push_back({.invariant = "I36",
                          .source = "facts.md 5, I36",
                          .cpu = cpu,
                          .time = e.time,
                          .text = cpu_text(cpu) + " is online and active, and marked as dying",
                          .place = "dying",
                          .event = static_cast<std::size_t>(&e - stream_.events.data())});
    }
    marked_.clear();
  }

  NameId online_, active_, dying_, cpusets_, hotplug_lock_;
  NameId frozen_ops_[2] = {};
  PerCpu<Cpu> cpus_;
  std::vector<CpuId> marked_;  ///< as dying, in the operations that run
  int writers_ = 0;
  int running_ = 0;
  bool frozen_ = false;
  int online_count_ = 0;
  int housekeepers_ = 0;
};

}  // namespace

std::vector<Finding> check_masks(const EventStream& stream, const Judged& judged) {
  return Masks(stream, judged).run();
}

}  // namespace cpuhp
