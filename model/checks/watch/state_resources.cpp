#include "model/checks/watch/state_resources.hpp"

namespace cpuhp {

void StateResourceWatch::see(On<EventKind::Take>, const Event& e) {
  const Key key{e.cpu, e.name, e.instance};
  if (!held_.try_emplace(key, Held{e.step, false}).second)
    find_wrong("state-resource-taken", e, key, e.step,
               "is taken twice (state " + std::to_string(e.step) + ')');
}

void StateResourceWatch::see(On<EventKind::Give>, const Event& e) {
  const Key key{e.cpu, e.name, e.instance};
  if (held_.erase(key) == 0)
    find_wrong("state-resource-given", e, key, e.step,
               "is given back, but it was not taken (state " + std::to_string(e.step) + ')');
}

/// Handles a fault by hotplug/fail. When it replaces a teardown, the user wants the resource to be
/// left over, so this is no finding.
void StateResourceWatch::see(On<EventKind::Injected>, const Event& e) {
  if (e.name != names().fail || e.name == 0) return;
  for (auto& [key, held] : held_)
    if (key.cpu == e.cpu && held.step == e.step) held.reported = true;
}

void StateResourceWatch::see(On<EventKind::Rest>, const Event& e) {
  for (auto& [key, held] : held_) {
    if (held.reported || key.cpu != e.cpu || e.step >= held.step) continue;
    held.reported = true;
    find_wrong(
        "state-resource-leak", e, key, held.step,
        "was not given back, although the CPU rests below state " + std::to_string(held.step));
  }
}

/// Reports a resource in a text like "rx_queue of CPU 3, instance 2, is taken twice". The instance
/// is there for a multi-instance state only.
void StateResourceWatch::find_wrong(const char* invariant, const Event& e, const Key& key,
                                    StateId state, const std::string& what) {
  const bool instances = multi(state);
  const std::string of =
      instances ? ", instance " + std::to_string(key.instance) + ", " : std::string(" ");
  find(invariant, "docs/kernel.md 7, I32 and I33", e, name(key.name),
       name(key.name) + " of " + cpu_text(key.cpu) + of + what);
  found_.back().kind = FindingKind::Resource;
  found_.back().state = state;
  if (instances) found_.back().instance = key.instance;
}

std::vector<Finding> check_state_resources(const EventStream& stream) {
  return findings_of<StateResourceWatch>(stream, true);
}

}  // namespace cpuhp
