#include "model/checks/atomic.hpp"

#include <algorithm>

#include "model/checks/watch.hpp"

namespace cpuhp {
namespace {

class Atomic : Watch {
 public:
  Atomic(const EventStream& stream, const Judged& judged)
      : Watch(stream, judged), online_(id_of("online")), stopper_(id_of("stopper")) {
    for (const State& s : table().all()) {
      startup_.push_back(!s.startup.empty());
      teardown_.push_back(!s.teardown.empty());
    }
  }

  std::vector<Finding> run() {
    if (judged_.notifier) return {};  // a chain, not a walk
    for (const Event& e : stream_.events) see(e);
    return std::move(found_);
  }

 private:
  struct Cpu {
    StateId target = 0;
    StateId wanted = -1;  ///< the step that has to run next after an error
  };

  void see(const Event& e) {
    const bool walk = e.role == Role::ApBoot || e.role == Role::Stopper;
    switch (e.kind) {
      case EventKind::Register:
      case EventKind::Unregister:
        set(e);
        break;
      case EventKind::Enter:
      case EventKind::MultiEnter: {
        if (!walk) break;
        Cpu& c = cpus_[e.cpu];
        c.target = e.value;
        if (c.wanted >= 0 && e.step == c.wanted) c.wanted = -1;
        break;
      }
      case EventKind::Exit:
        if (walk && e.ret < 0 && table().is_atomic(e.step)) cpus_[e.cpu].wanted = next(e);
        break;
      case EventKind::MaskSet:
        if (e.name == online_) over(e);
        break;
      case EventKind::Park:
        if (e.name == stopper_) over(e);
        break;
      default:
        break;
    }
  }

  void set(const Event& e) {
    const auto i = static_cast<std::size_t>(e.step);
    if (i >= startup_.size()) return;
    const bool on = e.kind == EventKind::Register;
    startup_[i] = on && (e.value & kRegisterStartup) != 0;
    teardown_[i] = on && (e.value & kRegisterTeardown) != 0;
  }

  /// The next state of the walk with a callback; -1: none is left.
  StateId next(const Event& exit) {
    const bool up = exit.role == Role::ApBoot;
    const StateId target = cpus_[exit.cpu].target;
    const StateId bound = up ? std::min(target, at().ap_online) : std::max(target, at().ap_offline);
    const int by = up ? 1 : -1;
    for (int s = exit.step + by; up ? s <= bound : s > bound; s += by)
      if ((up ? startup_ : teardown_)[static_cast<std::size_t>(s)] &&
          !(table().at(static_cast<StateId>(s)).multi))
        return static_cast<StateId>(s);
    return -1;
  }

  void over(const Event& e) {
    Cpu& c = cpus_[e.cpu];
    if (c.wanted >= 0)
      find("I7", "facts.md 5, I7; 6f855b39e460", e, state_name(c.wanted),
           "after an error " + cpu_text(e.cpu) + " leaves out " + state_name(c.wanted) +
               " and what comes after it");
    c.wanted = -1;
  }

  NameId online_, stopper_;
  std::vector<bool> startup_, teardown_;
  PerCpu<Cpu> cpus_;
};

}  // namespace

std::vector<Finding> check_atomic(const EventStream& stream, const Judged& judged) {
  return Atomic(stream, judged).run();
}

}  // namespace cpuhp
