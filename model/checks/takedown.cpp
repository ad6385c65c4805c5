#include "model/checks/takedown.hpp"

#include <array>
#include <utility>

#include "model/checks/watch.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kKinds = 3;
constexpr std::array<std::string_view, kKinds> kKindNames{"hrtimers", "timers", "function calls"};
constexpr const char* kLeft = "facts.md 5, I20";

class Takedown : Watch {
 public:
  Takedown(const EventStream& stream, const Judged& judged)
      : Watch(stream, judged),
        online_(id_of("online")),
        rcu_(id_of("rcu")),
        idle_mm_(id_of("idle mm")),
        done_down_(id_of("done_down")),
        hotplug_lock_(id_of("cpu_hotplug_lock")) {
    for (std::size_t i = 0; i < kKinds; ++i) kinds_[i] = id_of(kKindNames[i]);
  }

  std::vector<Finding> run() {
    for (const Event& e : stream_.events) see(e);
    return std::move(found_);
  }

 private:
  struct Cpu {
    bool online = false, rcu = false, runs = false;
    bool available = false;
    unsigned excused = 0;  ///< bits of kKindNames: what its mover failed to move
    std::array<bool, kKinds> owns{};
  };

  void see(const Event& e) {
    if (stopped_) stands(e);
    switch (e.kind) {
      case EventKind::MaskSet:
      case EventKind::MaskClear:
        mask(e, e.kind == EventKind::MaskSet);
        break;
      case EventKind::IdleDead:
        cpus_[e.cpu].runs = false;
        break;
      case EventKind::Kick:
      case EventKind::Available:
        cpus_[e.cpu].available = e.kind == EventKind::Available;
        break;
      case EventKind::StopBegin:
        stopped_ = true;
        stop_ = e;
        break;
      case EventKind::StopEnd:
        stopped_ = false;
        find_moving(e);
        break;
      case EventKind::Unregister:
        timers_ = timers_ && e.step != moves_timers() && e.step != at().hrtimers_prepare;
        break;
      case EventKind::Acquire:
      case EventKind::Unlock:
        if (e.name == hotplug_lock_ && e.value == 0)
          writers_ += e.kind == EventKind::Acquire ? 1 : -1;
        break;
      case EventKind::Own:
      case EventKind::Disown:
        moved(e, e.kind == EventKind::Own);
        break;
      case EventKind::Enter:
      case EventKind::MultiEnter:
        if (writers_ > 0 && e.step <= at().bringup && walks_down(e) && cpus_[e.cpu].runs)
          find("I38", "facts.md 5, I38", e, state_name(e.step),
               state_name(e.step) + " is torn down while " + cpu_text(e.cpu) + " runs");
        break;
      case EventKind::Exit:
        // The asynchronous design's takedown step ends before the idle loop has reported.
        if (e.step == at().teardown && e.ret == 0 && !judged_.async && cpus_[e.cpu].rcu)
          find("I20", "facts.md 5, I20; 71f87b2fc64c", e, "rcu",
               cpu_text(e.cpu) + " is taken down, and RCU still waits for it");
        // A callback that fails leaves behind what it was to move.
        if (e.ret < 0) cpus_[e.cpu].excused |= mover(e.step);
        break;
      case EventKind::Complete:
        if (e.name == done_down_ && e.on == e.cpu && e.role == Role::Idle && !judged_.notifier)
          find("I20", "facts.md 5, I20; 71f87b2fc64c", e, "done_down",
               "the idle task of the dying " + cpu_text(e.cpu) +
                   " completes by itself: RCU either waits for it or does not watch it any more");
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
    if (e.name == online_) c.online = on;
    if (e.name != rcu_) return;
    c.rcu = on;
    // From here on the AP uses what was prepared for it.
    if (on) c.runs = true;
  }

  /// Who does something while the machine stands still. At the stop's own dates others come to
  /// their ends and beginnings.
  void stands(const Event& e) {
    if (moving_ == nullptr && e.on != stop_.on && e.time > stop_.time && cpus_[e.on].online)
      moving_ = &e;
  }

  void find_moving(const Event& end) {
    const Event* const moving = std::exchange(moving_, nullptr);
    if (moving == nullptr || moving->time >= end.time) return;
    find("I19", "facts.md 5, I19", *moving, std::string(to_string(moving->kind)),
         cpu_text(moving->on) + " does something (" + std::string(to_string(moving->kind)) +
             ") while the machine stands still for " + cpu_text(end.cpu));
  }

  unsigned mover(StateId state) const {
    return (state == moves_timers() ? 1u : 0u) | (state == at().timers_prepare ? 2u : 0u) |
           (state == at().smpcfd_dying ? 4u : 0u);
  }

  StateId moves_timers() const {
    return at().hrtimers_dying >= 0 ? at().hrtimers_dying : at().hrtimers_prepare;
  }

  void moved(const Event& e, bool own) {
    Cpu& c = cpus_[e.cpu];
    if (e.name == idle_mm_) {
      if (!own && e.on == e.cpu)
        find("I5", "facts.md 5, I5; bf2c59fce407", e, "idle mm",
             "the dead " + cpu_text(e.cpu) +
                 " drops its idle task's memory itself, where RCU does not watch");
      return;
    }
    for (std::size_t i = 0; i < kKinds; ++i)
      if (e.name == kinds_[i]) {
        c.owns[i] = own;
        c.excused &= ~(1u << i);
      }
    if (own && !c.online)
      find("I20", "facts.md 5, I20; 53dac345395c", e, name(e.name),
           name(e.name) + " are queued on " + cpu_text(e.cpu) + ", which is not online");
  }

  void rest(const Event& e) {
    const Cpu& c = cpus_[e.cpu];
    if (e.step == at().offline) {
      for (std::size_t i = 0; i < kKinds; ++i)
        if (c.owns[i] && (c.excused >> i & 1u) == 0)
          find("I20", kLeft, e, name(kinds_[i]),
               cpu_text(e.cpu) + " is offline, and still has " + name(kinds_[i]));
      if (c.rcu)
        find("I20", kLeft, e, "rcu", cpu_text(e.cpu) + " is offline, and RCU still waits for it");
    }
    const StateId moves = moves_timers();
    const bool known = timers_ && at().hrtimers_prepare >= 0 && !table().at(moves).teardown.empty();
    // The notifier design's operations do not wait for the idle loop.
    if (e.step == at().online && known && c.available && !c.owns[0] && (c.excused & 1u) == 0)
      find("I20", "facts.md 5, I20; 2f8dea1692ee", e, "hrtimers",
           cpu_text(e.cpu) + " is online, and its timer base was never initialised again");
  }

  NameId online_, rcu_, idle_mm_, done_down_, hotplug_lock_;
  int writers_ = 0;  ///< of that lock: who holds it walks, everybody else registers
  std::array<NameId, kKinds> kinds_{};
  PerCpu<Cpu> cpus_;
  bool timers_ = true;  ///< the states that initialise and move them are there
  bool stopped_ = false;
  Event stop_{};
  const Event* moving_ = nullptr;
};

}  // namespace

std::vector<Finding> check_takedown(const EventStream& stream, const Judged& judged) {
  return Takedown(stream, judged).run();
}

}  // namespace cpuhp
