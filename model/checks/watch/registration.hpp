// Check of registrations: the CPUs that they call, states that must no longer be called, and locks
// (I25, I26, I31 to I33, I39).
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// - I25: a callback runs under cpu_hotplug_lock when a bring-up or takedown calls it, or under
///   cpuhp_state_mutex when a registration does;
/// - I26: no callback waits for cpu_hotplug_lock (FlushWatch: or for a task that asks for it);
/// - I31: a bring-up or takedown calls each instance that was added to a multi-instance state;
/// - I32: setting a state up calls its startup once on each CPU that has passed it. When a
///   startup fails, no CPU keeps the state started. A dynamic state gets a number as long as one is
///   free;
/// - I33: a removed state is not called any more, and no setup overwrites a state that is in use;
/// - I39: a multi-instance state has no instances left when it is removed.
class RegistrationWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"I25", "setup and removal of a state hold cpuhp_state_mutex while they call callbacks"},
      Law{"I26", "no callback asks for cpu_hotplug_lock, or waits for a task that does"},
      Law{"I32",
          "the setup of a state calls its startup callback once on each CPU that is past the "
          "state, and undoes all calls after an error"},
      Law{"I33",
          "no callback is called after its state was removed, and no state is set up under the "
          "number of another state"},
      Law{"I39", "a multi-instance state has no instances left when it is removed"}};

  explicit RegistrationWatch(const Scene& scene)
      : Watch(scene), there_(scene.known->named), cpus_(scene.cpus()) {}

  void see(OnLock, const Event& e);
  void see(On<EventKind::WaitBegin>, const Event& e) {
    if (e.name == names().hotplug_lock) inside_callback(e);
  }
  void see(On<EventKind::Enter>, const Event& e) { enter(e); }
  void see(On<EventKind::MultiEnter>, const Event& e) {
    enter(e);
    if (scene().writers() > 0 && instances_.contains(e.step))
      ++walked_[{e.cpu, e.step, walks_down(e)}];
  }
  /// Once states have come or gone, callbacks that are plain in the table may no longer be so.
  bool looks_into(const Stretch&) const {
    return changed_ || (scene().writers() == 0 && mutex_ == 0 && !booting_);
  }
  void see(OnExit, const Event& e) {
    if (e.ret < 0) failed_callback(e);
  }
  void see(On<EventKind::Injected>, const Event& e) {
    if (e.step >= 0) failed_.insert(e.cpu);
  }
  void see(On<EventKind::Register>, const Event& e);
  void see(On<EventKind::Unregister>, const Event& e);
  void see(On<EventKind::OpBegin>, const Event& e);
  void see(On<EventKind::OpEnd>, const Event& e);

 private:
  int& instances(StateId state);
  /// The calls on one CPU by the registration `setup_now_`.
  struct Cpu {
    int ups = 0, downs = 0;
    bool failed = false;
  };
  /// The registration that holds cpuhp_state_mutex.
  struct Setup {
    StateId state = -1;
    int flags = 0;
    bool removed = false;
  };

  void enter(const Event& e) {
    if (scene().writers() == 0) registers(e);
    if (table().valid(e.step) && there_[static_cast<std::size_t>(e.step)] == 0 &&
        e.name != names().kick_work)
      find_removed(e);
  }
  void registers(const Event& enter);
  void find_removed(const Event& enter);
  void failed_callback(const Event& exit);
  void inside_callback(const Event& e);
  char& there(StateId state);
  bool dynamic_request(StateId number) const;
  std::optional<bool> eligible(CpuId cpu, StateId state) const;
  void walks_are_over(const Event& unlock);
  void setup_is_over(const Event& e);
  void missing(const Event& e, StateId state, CpuId cpu, int ups);

  std::vector<char> there_;  ///< by state: 1 when it is set up
  bool changed_ = false;     ///< the run has set up or removed a state
  /// By state: number of instances that the run has added and not removed.
  std::map<StateId, int> instances_;  ///< of states whose instances have changed
  /// Number of calls by CPU, state and direction; the bool is true on the way down.
  std::map<std::tuple<CpuId, StateId, bool>, int> walked_;
  std::set<CpuId> failed_;
  Event op_{};
  PerCpu<Cpu> cpus_;
  std::optional<Setup> setup_now_;
  bool starting_over_ = false;  ///< the setup has failed, so its further calls must undo it
  int mutex_ = 0;
  bool booting_ = false;
  bool stale_ = false;  ///< a CPU was plugged since the operations under way began
  int told_ = 0, unlocked_ = 0;
};

}  // namespace cpuhp
