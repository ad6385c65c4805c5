#include "model/checks/watch/registration.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cpuhp {

// ---------------------------------------------------------------------------- locks

void RegistrationWatch::see(OnLock, const Event& e) {
  const bool on = e.kind == EventKind::Acquire;
  if (e.name == names().hotplug_lock && on) inside_callback(e);
  if (e.name == names().hotplug_lock && e.value == 0) {
    stale_ = true;
    if (!on) walks_are_over(e);
  }
  if (e.name != names().state_mutex) return;
  mutex_ += on ? 1 : -1;
  if (!on) setup_is_over(e);
}

void RegistrationWatch::inside_callback(const Event& e) {
  const OpenEnters::OpenEnter* o = scene().open().latest(e);
  if (o == nullptr) return;
  const Event latest = o->enter;
  while (o != nullptr && o->enter.cpu != e.cpu) o = scene().open().below(*o);
  if (o == nullptr || told_++ > 0) return;
  const bool waits = e.kind == EventKind::WaitBegin;
  find("I26", "kernel/cpu.c, cpus_write_lock(); fc8dffd379ca", e, state_name(latest.step),
       name(latest.name) + ", called for " + cpu_text(latest.cpu) + " in state " +
           state_name(latest.step) + ", asks for cpu_hotplug_lock " +
           (waits ? "and waits for ever: the task that runs the walk holds the lock and waits for "
                    "this callback"
                  : "while the task that called it already holds the lock: this deadlocks as "
                    "soon as a writer asks for the lock before the callback does"));
}

void RegistrationWatch::registers(const Event& enter) {
  // When a boot undoes the PREPARE section of a CPU that did not come up, it takes no lock
  // (18415f33e2ac).
  if (mutex_ == 0 && !booting_ && unlocked_++ == 0)
    find("I25", "docs/kernel.md 7, I25; dc434e056fe1", enter, state_name(enter.step),
         state_name(enter.step) + " of " + cpu_text(enter.cpu) +
             " is called by a setup or removal that does not hold cpuhp_state_mutex");
  if (!setup_now_ || setup_now_->state != enter.step) return;
  Cpu& c = cpus_[enter.cpu];
  ++(setup_now_->removed || starting_over_ ? c.downs : c.ups);
}

void RegistrationWatch::find_removed(const Event& enter) {
  find("I33", "docs/kernel.md 7, I33", enter, name(enter.name),
       name(enter.name) + " is called on " + cpu_text(enter.cpu) +
           ", although its state was removed");
}

void RegistrationWatch::failed_callback(const Event& exit) {
  failed_.insert(exit.cpu);
  if (!setup_now_ || setup_now_->state != exit.step || scene().writers() != 0) return;
  cpus_[exit.cpu].failed = true;
  starting_over_ = true;
}

// ---------------------------------------------------------------------------- operations

void RegistrationWatch::see(On<EventKind::OpBegin>, const Event& e) {
  if (scene().running() == 0) {
    walked_.clear();
    stale_ = false;
  }
  op_ = e;
  if (e.name == names().boot) booting_ = true;
}

void RegistrationWatch::see(On<EventKind::OpEnd>, const Event& e) {
  if (e.name == names().add_instance && e.ret == 0) ++instances(op_.step);
  if (e.name == names().remove_instance && e.ret == 0) --instances(op_.step);
  if (e.name == names().boot) booting_ = false;
  if (e.name == names().setup && e.ret == -EBUSY && dynamic_request(e.value))
    find("I32", "docs/kernel.md 4.7; b9d9d6911bd5", e, "dynamic",
         "the request for a dynamic state number was refused with -EBUSY, although a setup may "
         "take any free number of the range");
}

/// Returns the number of the state's instances: those of the table, until it is set up anew.
int& RegistrationWatch::instances(StateId state) {
  const int at_first = table().valid(state) ? table().at(state).instances : 0;
  return instances_.try_emplace(state, at_first).first->second;
}

/// Called when a bring-up or takedown releases cpu_hotplug_lock, because another operation may
/// begin then. Checks that the CPUs without an error have called every instance.
void RegistrationWatch::walks_are_over(const Event& unlock) {
  for (const auto& [key, count] : walked_) {
    const auto& [cpu, state, down] = key;
    if (failed_.contains(cpu) || count == instances(state)) continue;
    find("I31", "docs/kernel.md 7, I31; 1f7c70d6b2bc", unlock, state_name(state),
         "a walk of " + cpu_text(cpu) + " has called " + std::to_string(count) + " of the " +
             std::to_string(instances(state)) + " instances of state " + std::to_string(state));
    found_.back().cpu = cpu;
  }
  walked_.clear();
  failed_.clear();
}

// ---------------------------------------------------------------------------- setups

char& RegistrationWatch::there(StateId state) {
  if (static_cast<std::size_t>(state) >= there_.size())
    there_.resize(static_cast<std::size_t>(state) + 1);
  return there_[static_cast<std::size_t>(state)];
}

bool RegistrationWatch::dynamic_request(StateId number) const {
  const DynamicRanges& ranges = table().dynamic();
  return number == ranges.prepare.first || number == ranges.online.first;
}

void RegistrationWatch::see(On<EventKind::Register>, const Event& e) {
  changed_ = true;
  instances_[e.step] = 0;
  if (std::exchange(there(e.step), char{1}) != 0)
    find("I33", "docs/kernel.md 7, I33; dc280d936239", e, name(e.name),
         name(e.name) + " is set up as state " + std::to_string(e.step) +
             ", but that number already belongs to another state");
  setup_now_ = Setup{.state = e.step, .flags = e.value};
  starting_over_ = false;
  for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu) cpus_[cpu] = {};
}

void RegistrationWatch::see(On<EventKind::Unregister>, const Event& e) {
  changed_ = true;
  there(e.step) = 0;
  instances_[e.step] = 0;
  if (e.ret > 0)
    find("I39", "kernel/cpu.c, __cpuhp_remove_state_cpuslocked(); cf392d10b69e", e, name(e.name),
         name(e.name) + " is removed, but still has " + std::to_string(e.ret) +
             (e.ret == 1 ? " instance" : " instances") + ", the latest being instance " +
             std::to_string(e.instance) + ": their teardown callbacks will never be called");
  if (setup_now_ && setup_now_->state == e.step) setup_now_->removed = true;
}

/// True when the CPU has passed the state; no value when this is unknown. Once a CPU was plugged,
/// no event shows a CPU's state until all operations have ended. Then an active CPU has passed all
/// states up to sched:active, and an offline CPU has passed no state of the STARTING and ONLINE
/// sections.
std::optional<bool> RegistrationWatch::eligible(CpuId cpu, StateId state) const {
  const Scene::Cpu c = scene().cpu(cpu);
  if (stale_) {
    const bool past = c.active && judged().rules.active_is_a_state && state <= at().sched_active;
    if (past) return true;
    return table().is_ap(state) && !c.online ? std::optional(false) : std::nullopt;
  }
  return c.rest >= state && (c.online || !table().is_ap(state));
}

/// Called when a registration releases cpuhp_state_mutex. By then it must have called the startup
/// on every CPU that has passed the state.
void RegistrationWatch::setup_is_over(const Event& e) {
  if (!setup_now_) return;
  const Setup s = *std::exchange(setup_now_, std::nullopt);
  const bool calls = (s.flags & kRegisterCalls) != 0 && (s.flags & kRegisterMulti) == 0 &&
                     (s.flags & kRegisterStartup) != 0;
  if (!calls || unlocked_ > 0) return;
  for (CpuId cpu = 0; cpu < std::max(scene().cpus(), cpus_.size()); ++cpu) {
    const Cpu& c = cpus_[cpu];
    if (!judged().present.empty() && !judged().present.test(cpu)) continue;
    const int wanted = eligible(cpu, s.state).value_or(c.ups > 0) ? 1 : 0;
    if (!starting_over_ && c.ups != wanted) missing(e, s.state, cpu, c.ups);
    const bool undone = (s.flags & kRegisterTeardown) == 0 || c.failed || c.downs == c.ups;
    if (starting_over_ && !undone)
      find("I32", "docs/kernel.md 7, I32", e, state_name(s.state),
           "a setup failed, but state " + std::to_string(s.state) + " is still started on " +
               cpu_text(cpu));
  }
}

void RegistrationWatch::missing(const Event& e, StateId state, CpuId cpu, int ups) {
  find("I32", "docs/kernel.md 7, I32", e, "setup",
       "the setup of state " + std::to_string(state) + " has called its startup callback " +
           std::to_string(ups) + " times on " + cpu_text(cpu) + "; expected " +
           (ups == 0 ? "one call, because the CPU is past this state"
                     : "one call if the CPU is past this state, otherwise none"));
}

}  // namespace cpuhp
