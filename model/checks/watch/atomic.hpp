// Check of code that runs with interrupts off, as STARTING and DYING callbacks do. An error there
// is only logged, and no task may sleep there (I7, I40).
#pragma once

#include <array>
#include <map>
#include <set>
#include <utility>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// - I7: an error of a STARTING or DYING callback is logged, and all further callbacks run;
/// - I40: no code sleeps, or asks for a lock that may sleep, with interrupts off or in the idle
///   task. Each pair of callback and lock gets one finding only.
class AtomicWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"I7", "an error of a STARTING or DYING callback is logged, and the walk goes on"},
      Law{"I40",
          "no code sleeps, or asks for a lock that sleeps, while interrupts are off: in STARTING "
          "and DYING callbacks, on an AP before it is online, while stop_machine() runs, in the "
          "idle task of a dying CPU"}};

  explicit AtomicWatch(const Scene& scene) : Watch(scene), cpus_(scene.cpus()) {}

  void see(OnEnter, const Event& e) {
    if (!walks(e)) return;
    Cpu& c = cpus_[e.cpu];
    c.target = e.value;
    if (c.wanted == e.step) c.wanted = -1;
  }
  bool looks_into(const Stretch& s) const {
    return s.section == Section::Starting && cpus_.get(s.cpu).wanted >= 0;
  }
  void see(const Stretch& s) {
    if (s.section == Section::Starting) cpus_[s.cpu].target = s.target;
  }
  void see(OnExit, const Event& e) {
    if (e.ret < 0 && walks(e)) failed(e);
  }
  void see(OnRegister, const Event& e);
  void see(On<EventKind::PhaseBegin>, const Event& e) { cpus_[e.on].phase = e.name; }
  void see(On<EventKind::PhaseEnd>, const Event& e) { cpus_[e.on].phase = 0; }
  void see(On<EventKind::AtomicSleep>, const Event& e);
  void see(On<EventKind::MaskSet>, const Event& e) {
    if (e.name == names().online) over(e);
  }
  void see(On<EventKind::Park>, const Event& e) {
    if (e.name == names().stopper) over(e);
  }

 private:
  struct Cpu {
    StateId target = 0;
    StateId wanted = -1;  ///< the step that has to run next after an error
    NameId phase = 0;     ///< phase whose cost the CPU is paying
  };

  static bool walks(const Event& e) { return e.role == Role::ApBoot || e.role == Role::Stopper; }
  void failed(const Event& exit);
  bool has_callback(StateId state, bool up) const;
  StateId next(const Event& exit);
  void over(const Event& e);

  PerCpu<Cpu> cpus_;
  /// The states that the run registered, each with the flags of its callbacks (RegisterFlag).
  std::map<StateId, int> registered_;
  /// Reported findings of I40: a callback or phase, and the name of the lock that it asked for. The
  /// name "wait" means that it slept.
  std::set<std::pair<NameId, NameId>> told_;
};

}  // namespace cpuhp
