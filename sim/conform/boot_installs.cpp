#include "sim/conform/boot_installs.hpp"

#include <algorithm>

namespace cpuhp {
namespace {

bool is_enter(const Event& e) {
  return e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter;
}

/// [first, last) of the events of smp_init(): from the first prepare step of a secondary CPU to the
/// end of the last bring-up, its rollback included. Nobody registers anything meanwhile.
struct Stretch {
  std::size_t first = 0, last = 0;
};

Stretch smp_init_of(const std::vector<Event>& events, const StateTable& table, CpuId boot_cpu) {
  const Anchors& at = table.anchors();
  Stretch s{events.size(), events.size()};
  const auto begins = [&](const Event& e) {
    return is_enter(e) && e.cpu != boot_cpu && e.step <= at.bringup && e.step == at.threads_prepare;
  };
  s.first =
      static_cast<std::size_t>(std::find_if(events.begin(), events.end(), begins) - events.begin());
  for (std::size_t i = s.first; i < events.size(); ++i) {
    const Event& e = events[i];
    if (e.kind != EventKind::Exit || e.step != at.bringup || e.value < at.bringup) continue;
    s.last = i + 1;
    // A failed bring-up is rolled back by the same task.
    while (e.ret != 0 && s.last < events.size() && events[s.last].cpu == e.cpu &&
           (!is_enter(events[s.last]) || events[s.last].value == at.offline))
      ++s.last;
  }
  return s;
}

/// Consecutive callbacks of one state on ascending CPUs are one installation.
std::vector<RecordedInstall> installs_in(const std::vector<Event>& events, std::size_t first,
                                         std::size_t last) {
  std::vector<RecordedInstall> found;
  const Event* before = nullptr;
  for (std::size_t i = first; i < last; ++i) {
    const Event& e = events[i];
    if (!is_enter(e)) continue;
    const bool goes_on = before != nullptr && before->step == e.step && before->cpu < e.cpu &&
                         before->kind == e.kind && before->name == e.name;
    if (!goes_on) found.push_back({e.step, e.kind == EventKind::MultiEnter, kNoCpu});
    if (e.role == Role::Control) found.back().on = e.on;
    before = &e;
  }
  return found;
}

/// Callbacks of one walk through a multi-instance state stand side by side.
void count_instances(const std::vector<Event>& events, const Stretch& s, BootInstalls& out) {
  std::uint16_t run = 0;
  const Event* before = nullptr;
  for (std::size_t i = s.first; i < s.last; ++i) {
    const Event& e = events[i];
    if (!is_enter(e)) continue;
    if (e.kind == EventKind::MultiEnter) {
      const bool goes_on = before != nullptr && before->kind == e.kind && before->step == e.step &&
                           before->cpu == e.cpu && before->name == e.name;
      run = goes_on ? static_cast<std::uint16_t>(run + 1) : std::uint16_t{1};
      std::uint16_t& most = out.instances[e.step];
      most = std::max(most, run);
    }
    before = &e;
  }
}

/// A state that a walk passed without a word had no callback.
void find_absent(const std::vector<Event>& events, const Stretch& s, const StateTable& table,
                 BootInstalls& out) {
  const Anchors& at = table.anchors();
  std::set<StateId> up, down;
  bool all_the_way_up = false, all_the_way_down = false;
  for (std::size_t i = s.first; i < s.last; ++i) {
    const Event& e = events[i];
    if (e.kind == EventKind::Exit) {
      if (e.step == at.bringup && e.value == at.online && e.ret == 0) all_the_way_up = true;
      continue;
    }
    const bool going_up = e.value >= e.step;
    (going_up ? up : down).insert(e.step);
    if (!going_up && e.step < at.bringup) all_the_way_down = true;
  }
  for (const State& state : table.all()) {
    if (!state.has_callbacks() || state.id == at.bringup || state.id == at.teardown ||
        state.id == at.kick_ap || table.section(state.id) == Section::Starting)
      continue;
    const bool seen = up.contains(state.id) || down.contains(state.id);
    if (seen) continue;
    const bool passed_up =
        !state.startup.empty() && (all_the_way_up || (state.id < at.bringup && !up.empty()));
    const bool passed_down = !state.teardown.empty() && all_the_way_down && state.id < at.bringup;
    if (passed_up || passed_down) out.absent.insert(state.id);
  }
}

}  // namespace

BootInstalls boot_installs(const Ftrace& trace, const StateTable& table, CpuId boot_cpu) {
  const std::vector<Event>& events = trace.stream.events;
  const Stretch s = smp_init_of(events, table, boot_cpu);
  BootInstalls out;
  out.brings_up = s.first < s.last;
  if (!out.brings_up) {
    out.before = installs_in(events, 0, events.size());
    return out;
  }
  out.before = installs_in(events, 0, s.first);
  out.after = installs_in(events, s.last, events.size());
  count_instances(events, s, out);
  find_absent(events, s, table, out);
  return out;
}

}  // namespace cpuhp
