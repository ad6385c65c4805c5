#include "model/checks/threads.hpp"

#include <utility>

#include "model/checks/watch.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

class Threads : Watch {
 public:
  Threads(const EventStream& stream, const Judged& judged)
      : Watch(stream, judged),
        cpuhp_(id_of("cpuhp")),
        smpboot_(id_of("smpboot")),
        stopper_(id_of("stopper")),
        active_(id_of("active")),
        lost_(id_of("lost_wakeup")) {
    cpus_[judged.boot_cpu] = {.hotplug = true, .others = true, .stopper = true, .made = true};
  }

  std::vector<Finding> run() {
    for (const Event& e : stream_.events) see(e);
    if (judged_.complete && !lost_seen_)
      for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu)
        if (cpus_[cpu].woken != kNone)
          find("I37", "facts.md 5, I37", stream_.events[cpus_[cpu].woken], "cpuhp",
               "the hotplug thread of " + cpu_text(cpu) + " was woken and never ran");
    return std::move(found_);
  }

 private:
  struct Cpu {
    bool hotplug = false, others = false, stopper = false;  ///< unparked
    bool active = false, made = false;
    std::size_t woken = kNone;
  };

  void see(const Event& e) {
    if (e.role == Role::CpuhpThread) cpus_[e.on].woken = kNone;
    if (stop_ != nullptr && e.time > stop_->time) stop(*std::exchange(stop_, nullptr));
    switch (e.kind) {
      case EventKind::Park:
        set(e, false);
        break;
      case EventKind::Unpark:
        unpark(e);
        set(e, true);
        break;
      case EventKind::MaskSet:
      case EventKind::MaskClear:
        if (e.name == active_) cpus_[e.cpu].active = e.kind == EventKind::MaskSet;
        break;
      case EventKind::StopBegin:
        stop_ = &e;  // of one date the victim's events may stand before those of who stops it
        break;
      case EventKind::Available:
        if (!cpus_[e.cpu].stopper)
          find("I18", "facts.md 5, I18; 45178ac0cea8", e, "stopper",
               cpu_text(e.cpu) + " is in its idle loop, and its stopper is not enabled");
        break;
      case EventKind::Enter:
        if (e.role == Role::Stopper && !cpus_[e.cpu].stopper)
          find("I18", "facts.md 5, I18", e, state_name(e.step),
               "the stopper of " + cpu_text(e.cpu) + " was parked before the DYING walk was over");
        break;
      case EventKind::Create:
        if (cpus_[e.cpu].made)
          find("I35", "facts.md 5, I35", e, name(e.name),
               "the threads of " + cpu_text(e.cpu) + " are made a second time");
        cpus_[e.cpu].made = true;
        break;
      case EventKind::Wake:
        if (e.name == cpuhp_)
          cpus_[e.cpu].woken = static_cast<std::size_t>(&e - stream_.events.data());
        break;
      case EventKind::Injected:
        lost_seen_ = lost_seen_ || (lost_ != 0 && e.name == lost_);
        break;
      default:
        break;
    }
  }

  void set(const Event& e, bool on) {
    Cpu& c = cpus_[e.cpu];
    if (e.name == cpuhp_) c.hotplug = on;
    if (e.name == smpboot_) c.others = on;
    if (e.name == stopper_) c.stopper = on;
  }

  void unpark(const Event& e) {
    constexpr const char* kSource = "facts.md 5, I17; 9cd4f1a4e7a8";
    // 4.6 to 4.12 and the asynchronous design do it there, and have to see to it that it is parked.
    const bool by_itself = judged_.rules.ap_kicks_itself || judged_.async;
    if (e.name == cpuhp_ && e.role == Role::ApBoot && !by_itself)
      find("I17", kSource, e, "cpuhp",
           "the idle task of " + cpu_text(e.cpu) + " unparks a thread: it may not sleep");
    if (e.name == smpboot_ && judged_.notifier && !cpus_[e.cpu].active)
      find("I17", "00df35f99191", e, "smpboot",
           "the threads of " + cpu_text(e.cpu) + " run before the scheduler knows the CPU");
  }

  void stop(const Event& e) {
    const Cpu& c = cpus_[e.cpu];
    const bool hotplug = c.hotplug && !judged_.async && !judged_.notifier;
    const char* const running = hotplug ? "cpuhp" : c.others ? "smpboot" : nullptr;
    if (running != nullptr)
      find("I17", "facts.md 5, I17; 85f1abe0019f", e, running,
           cpu_text(e.cpu) + " is taken down, and its " + running + " threads are not parked");
  }

  NameId cpuhp_, smpboot_, stopper_, active_, lost_;
  PerCpu<Cpu> cpus_;
  bool lost_seen_ = false;
  const Event* stop_ = nullptr;
};

}  // namespace

std::vector<Finding> check_threads(const EventStream& stream, const Judged& judged) {
  return Threads(stream, judged).run();
}

}  // namespace cpuhp
