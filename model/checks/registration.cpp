#include "model/checks/registration.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "model/checks/watch.hpp"

namespace cpuhp {
namespace {

class Registration : Watch {
 public:
  Registration(const EventStream& stream, const Judged& judged)
      : Watch(stream, judged),
        setup_(id_of("setup")),
        add_(id_of("add_instance")),
        remove_(id_of("remove_instance")),
        hotplug_lock_(id_of("cpu_hotplug_lock")),
        state_mutex_(id_of("cpuhp_state_mutex")),
        online_(id_of("online")),
        kick_work_(id_of("cpuhp_kick_ap_work")),
        boot_(id_of("boot")) {
    for (const State& s : table().all()) there_.push_back(!s.name.empty());
    cpus_[judged.boot_cpu].state = at().online;
  }

  std::vector<Finding> run() {
    for (const Event& e : stream_.events) see(e);
    return std::move(found_);
  }

 private:
  struct Cpu {
    bool online = false;
    StateId state = 0;  ///< at its last rest
    int ups = 0, downs = 0;
    bool failed = false;
  };
  /// The one that holds cpuhp_state_mutex.
  struct Setup {
    StateId state = -1;
    int flags = 0;
    bool removed = false;
  };

  void see(const Event& e) {
    switch (e.kind) {
      case EventKind::Acquire:
      case EventKind::Unlock:
        lock(e, e.kind == EventKind::Acquire);
        break;
      case EventKind::WaitBegin:
        if (e.name == hotplug_lock_) inside_callback(e);
        break;
      case EventKind::Enter:
      case EventKind::MultiEnter:
        enter(e);
        break;
      case EventKind::Exit:
        exit(e);
        break;
      case EventKind::Move:
        open_.move(e);
        break;
      case EventKind::Injected:
        if (e.step >= 0) failed_.insert(e.cpu);
        break;
      case EventKind::Register:
        registered(e);
        break;
      case EventKind::Unregister:
        there(e.step) = false;
        if (setup_now_ && setup_now_->state == e.step) setup_now_->removed = true;
        break;
      case EventKind::MaskSet:
      case EventKind::MaskClear:
        if (e.name == online_) cpus_[e.cpu].online = e.kind == EventKind::MaskSet;
        break;
      case EventKind::Rest:
        cpus_[e.cpu].state = e.step;
        instances(e);
        break;
      case EventKind::OpBegin:
        if (running_++ == 0) walked_.clear();
        op_ = e;
        if (e.name == boot_) booting_ = true;
        break;
      case EventKind::OpEnd:
        --running_;
        if (e.name == add_ && e.ret == 0) ++instances_[op_.step];
        if (e.name == remove_ && e.ret == 0) --instances_[op_.step];
        if (e.name == boot_) booting_ = false;
        if (e.name == setup_ && e.ret == -EBUSY && dynamic_request(e.value))
          find("I32", "facts.md 3.7; b9d9d6911bd5", e, "dynamic",
               "a request for any dynamic number was refused as taken");
        break;
      default:
        break;
    }
  }

  // ---------------------------------------------------------------------------- locks

  void lock(const Event& e, bool on) {
    if (e.name == hotplug_lock_ && e.value == 0) writers_ += on ? 1 : -1;
    if (e.name == hotplug_lock_ && on) inside_callback(e);
    if (e.name != state_mutex_) return;
    mutex_ += on ? 1 : -1;
    if (!on) setup_is_over(e);
  }

  void inside_callback(const Event& e) {
    const std::vector<const Event*>& open = open_.of(e);
    const bool inside = std::any_of(open.begin(), open.end(),
                                    [&](const Event* enter) { return enter->cpu == e.cpu; });
    if (inside && told_++ == 0)
      find("I26", "facts.md 5, I26 and 3.11", e, state_name(open.back()->step),
           "the callback of " + state_name(open.back()->step) + " asks for cpu_hotplug_lock");
  }

  void enter(const Event& e) {
    open_.of(e).push_back(&e);
    // What boot had prepared for a CPU that did not come is undone without a lock (18415f33e2ac).
    if (writers_ == 0 && mutex_ == 0 && !booting_ && unlocked_++ == 0)
      find("I25", "facts.md 5, I25; dc434e056fe1", e, state_name(e.step),
           state_name(e.step) + " of " + cpu_text(e.cpu) +
               " is called by a registration that does not hold cpuhp_state_mutex");
    if (e.name != kick_work_ && table().valid(e.step) && !there(e.step))
      find("I33", "facts.md 5, I33", e, name(e.name),
           name(e.name) + " is called on " + cpu_text(e.cpu) + ", and its state was removed");
    if (e.kind == EventKind::MultiEnter && writers_ > 0 && instances_.contains(e.step))
      ++walked_[{e.cpu, e.step, walks_down(e)}];
    if (setup_now_ && setup_now_->state == e.step && writers_ == 0) {
      Cpu& c = cpus_[e.cpu];
      ++(setup_now_->removed || starting_over_ ? c.downs : c.ups);
    }
  }

  void exit(const Event& e) {
    std::vector<const Event*>& open = open_.of(e);
    if (!open.empty()) open.pop_back();
    if (e.ret < 0) failed_.insert(e.cpu);
    if (setup_now_ && setup_now_->state == e.step && writers_ == 0 && e.ret < 0) {
      cpus_[e.cpu].failed = true;
      starting_over_ = true;
    }
  }

  /// What the walks of an operation that went well have called.
  void instances(const Event& rest) {
    for (const auto& [key, count] : walked_) {
      const auto& [cpu, state, down] = key;
      if (cpu != rest.cpu || failed_.contains(cpu) || count == instances_[state]) continue;
      find("I31", "facts.md 5, I31; 1f7c70d6b2bc", rest, state_name(state),
           "a walk of " + cpu_text(cpu) + " has called " + std::to_string(count) + " of the " +
               std::to_string(instances_[state]) + " instances of state " + std::to_string(state));
    }
    std::erase_if(walked_, [&](const auto& w) { return std::get<0>(w.first) == rest.cpu; });
    failed_.erase(rest.cpu);
  }

  // ---------------------------------------------------------------------------- setups

  std::vector<bool>::reference there(StateId state) {
    if (static_cast<std::size_t>(state) >= there_.size())
      there_.resize(static_cast<std::size_t>(state) + 1);
    return there_[static_cast<std::size_t>(state)];
  }

  bool dynamic_request(StateId number) const {
    const DynamicRanges& ranges = table().dynamic();
    return number == ranges.prepare.first || number == ranges.online.first;
  }

  void registered(const Event& e) {
    if (there(e.step))
      find("I33", "facts.md 5, I33; dc280d936239", e, name(e.name),
           name(e.name) + " is set up as state " + std::to_string(e.step) +
               ", which somebody else has");
    there(e.step) = true;
    setup_now_ = Setup{.state = e.step, .flags = e.value};
    starting_over_ = false;
    for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu) {
      Cpu& c = cpus_[cpu];
      c.ups = c.downs = 0;
      c.failed = false;
    }
  }

  bool eligible(const Cpu& c, StateId state) const {
    return c.state >= state && (c.online || !table().is_ap(state));
  }

  /// Its caller lets go of the mutex: everybody it was for has been called.
  void setup_is_over(const Event& e) {
    if (!setup_now_) return;
    const Setup s = *std::exchange(setup_now_, std::nullopt);
    const bool calls = (s.flags & kRegisterCalls) != 0 && (s.flags & kRegisterMulti) == 0 &&
                       (s.flags & kRegisterStartup) != 0;
    if (!calls || unlocked_ > 0) return;
    for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu) {
      const Cpu& c = cpus_[cpu];
      if (!judged_.present.empty() && !judged_.present.test(cpu)) continue;
      const int wanted = eligible(c, s.state) && !starting_over_ ? 1 : c.ups;
      if (!starting_over_ && c.ups != wanted)
        missing(e, s.state, cpu, c.ups);
      else if (!starting_over_ && c.ups > 0 && !eligible(c, s.state))
        missing(e, s.state, cpu, c.ups);
      const bool undone = (s.flags & kRegisterTeardown) == 0 || c.failed || c.downs == c.ups;
      if (starting_over_ && !undone)
        find("I32", "facts.md 5, I32", e, state_name(s.state),
             "a setup failed, and state " + std::to_string(s.state) + " is still started on " +
                 cpu_text(cpu));
    }
  }

  void missing(const Event& e, StateId state, CpuId cpu, int ups) {
    find("I32", "facts.md 5, I32", e, "setup",
         "setting up state " + std::to_string(state) + " has called its startup " +
             std::to_string(ups) + " times on " + cpu_text(cpu) + ", which is " +
             (ups == 0 ? "past it" : "not past it, or once is enough"));
  }

  NameId setup_, add_, remove_, hotplug_lock_, state_mutex_, online_, kick_work_, boot_;
  std::vector<bool> there_;
  std::map<StateId, int> instances_;  ///< of states to which some were added in the run
  std::map<std::tuple<CpuId, StateId, bool>, int> walked_;  ///< down: true
  std::set<CpuId> failed_;
  Event op_{};
  PerCpu<Cpu> cpus_;
  OpenEnters open_;
  std::optional<Setup> setup_now_;
  bool starting_over_ = false;  ///< the setup has failed: what is called from here on undoes it
  int writers_ = 0, mutex_ = 0, running_ = 0;
  bool booting_ = false;
  int told_ = 0, unlocked_ = 0;
};

}  // namespace

std::vector<Finding> check_registration(const EventStream& stream, const Judged& judged) {
  return Registration(stream, judged).run();
}

}  // namespace cpuhp
