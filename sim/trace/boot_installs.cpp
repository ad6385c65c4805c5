#include "sim/trace/boot_installs.hpp"

#include <algorithm>

#include "sim/trace/brackets.hpp"
#include "sim/trace/failed_setups.hpp"

namespace cpuhp {
namespace {

/// One call of a callback in a trace.
struct Callback {
  const Event* enter = nullptr;
  const Event* exit = nullptr;
  std::size_t at = 0;      ///< index of the enter
  bool installed = false;  ///< called by a registration, for a CPU that is above the state
  bool failed = false;     ///< by one that failed
};

std::vector<Callback> callbacks_of(const Ftrace& trace, const Anchors& at) {
  std::vector<Callback> found;
  const std::vector<std::size_t> pairs = match_pairs(trace);
  const std::vector<bool> failed = failed_setup_calls(trace, pairs);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Event& e = trace.stream.events[i];
    if (!is_enter(e) || pairs[i] == kNoPair) continue;
    const Event& exit = trace.stream.events[pairs[i]];
    found.push_back({&e, &exit, i, e.step != at.bringup && exit.value > e.step, failed[i]});
  }
  return found;
}

/// Returns what was registered between the events `first` and `last`. Uses only callbacks for the
/// boot CPU. A registration calls this CPU's callback first, and begins only after the previous one
/// has ended. So these callbacks are in order. Those for other CPUs may be out of order, because
/// the time stamps of two CPUs may disagree.
std::vector<RecordedInstall> installs_of(const std::vector<Callback>& callbacks, CpuId boot_cpu,
                                         std::size_t first, std::size_t last) {
  std::vector<RecordedInstall> found;
  for (const Callback& c : callbacks) {
    if (!c.installed || c.enter->cpu != boot_cpu || c.at < first || c.at >= last) continue;
    const Event& e = *c.enter;
    RecordedInstall install{.state = e.step,
                            .instance = e.kind == EventKind::MultiEnter,
                            .on = e.role == Role::Control ? e.on : kNoCpu,
                            .at = e.time,
                            .call = e.name};
    const auto fails = [&](const Callback& other) {
      return other.failed && other.at >= c.at && other.enter->step == e.step &&
             other.exit->ret != 0;
    };
    if (c.failed) {
      const auto failed = std::ranges::find_if(callbacks, fails);
      if (failed == callbacks.end() || failed->enter->name != e.name) continue;  // the way back
      install.error = failed->exit->ret;
      install.failed_on = failed->enter->cpu;
    }
    found.push_back(install);
  }
  return found;
}

/// Counts each state's instances: a CPU on its way calls the callback once for each one.
void count_instances(const std::vector<Callback>& callbacks, BootInstalls& out) {
  for (const Callback& c : callbacks) {
    if (c.installed || c.enter->kind != EventKind::MultiEnter) continue;
    std::uint16_t& most = out.instances[c.enter->step];
    most = std::max<std::uint16_t>(most, c.enter->instance + 1);
  }
}

/// Finds states of the table without callbacks in this boot: a CPU passed them, and called nothing.
void find_absent(const std::vector<Callback>& callbacks, const StateTable& table,
                 BootInstalls& out) {
  const Anchors& at = table.anchors();
  std::set<StateId> up, down;
  for (const Callback& c : callbacks)
    if (!c.installed) (c.enter->value >= c.enter->step ? up : down).insert(c.enter->step);
  const bool all_the_way_up = at.sched_active < 0 || up.contains(at.sched_active);
  for (const State& state : table.all()) {
    const Section section = table.section(state.id);
    const bool core = state.id == at.bringup || state.id == at.teardown || state.id == at.kick_ap ||
                      state.id == at.sched_active || section == Section::Starting;
    // A multi-instance state that was not called may just have had no instance.
    if (core || !state.has_callbacks() || state.multi) continue;
    if (up.contains(state.id) || down.contains(state.id)) continue;
    const bool prepare = section == Section::Prepare;
    const bool passed_up = !state.startup.empty() && (all_the_way_up || (prepare && !up.empty()));
    // A CPU that went down, if only from where its bring-up failed, passed what lies between.
    const bool passed_down = !state.teardown.empty() && prepare && !down.empty() &&
                             state.id > *down.begin() &&
                             (state.id < *down.rbegin() || down.contains(at.bringup));
    if (passed_up || passed_down) out.absent.insert(state.id);
  }
}

/// Finds states set up after `smp_init` that no CPU on its way up or down has called before. A
/// trace never shows such calls of STARTING states: an offline CPU has no tracepoints.
void find_set_up_later(const std::vector<Callback>& callbacks, CpuId boot_cpu, std::size_t smp_init,
                       BootInstalls& out) {
  std::set<StateId> walked;
  for (const Callback& c : callbacks) {
    if (!c.installed) walked.insert(c.enter->step);
    const bool set_up = c.installed && !c.failed && c.at >= smp_init && c.enter->cpu == boot_cpu &&
                        c.enter->kind != EventKind::MultiEnter;
    if (set_up && !walked.contains(c.enter->step)) out.absent.insert(c.enter->step);
  }
}

}  // namespace

BootInstalls boot_installs(const Ftrace& trace, const StateTable& table, CpuId boot_cpu) {
  const std::vector<Callback> callbacks = callbacks_of(trace, table.anchors());
  const auto walks = [&](const Callback& c) { return !c.installed && c.enter->cpu != boot_cpu; };
  const auto in_thread = [&](const Callback& c) { return c.enter->role == Role::CpuhpThread; };
  BootInstalls out;
  out.brings_up = std::ranges::any_of(callbacks, walks);
  // smp_init() creates the boot CPU's hotplug thread before it brings up other CPUs.
  const auto smp_init = out.brings_up ? std::ranges::find_if(callbacks, walks)
                                      : std::ranges::find_if(callbacks, in_thread);
  const std::size_t end = trace.stream.events.size();
  const std::size_t split = smp_init == callbacks.end() ? end : smp_init->at;
  out.before = installs_of(callbacks, boot_cpu, 0, split);
  out.after = installs_of(callbacks, boot_cpu, split, end);
  if (!out.brings_up) return out;
  count_instances(callbacks, out);
  find_absent(callbacks, table, out);
  find_set_up_later(callbacks, boot_cpu, split, out);
  return out;
}

}  // namespace cpuhp
