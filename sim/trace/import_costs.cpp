#include "sim/trace/import_costs.hpp"

#include <algorithm>

#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

using nlohmann::ordered_json;

bool shows_durations(const Ftrace& trace) { return !trace.counter && trace.functions.empty(); }

/// Returns the first and the last event of the CPU's hotplug thread between `enter` and `exit`.
std::pair<std::size_t, std::size_t> inner_span(const Ftrace& trace, std::size_t enter,
                                               std::size_t exit) {
  const std::vector<Event>& events = trace.stream.events;
  std::size_t first = kNoPair, last = kNoPair;
  for (std::size_t i = enter + 1; i < exit; ++i) {
    if (events[i].cpu != events[enter].cpu || events[i].role != Role::CpuhpThread) continue;
    if (first == kNoPair) first = i;
    last = i;
  }
  return {first, last};
}

/// Returns when the AP's start-up began. If the kernel has the state cpu:kick_ap, this is the exit
/// of that step, provided that it is the task's previous event; otherwise there is no value.
/// Without that state, it is the enter of cpu:bringup.
std::optional<Ns> kicked_at(const Ftrace& trace, std::size_t enter, StateId kick_ap) {
  const std::vector<Event>& events = trace.stream.events;
  if (kick_ap < 0) return events[enter].time;
  std::size_t before = enter;
  while (before > 0 && trace.sources[before - 1].pid != trace.sources[enter].pid) --before;
  if (before == 0 || events[before - 1].step != kick_ap ||
      events[before - 1].cpu != events[enter].cpu)
    return std::nullopt;
  return events[before - 1].time;
}

/// Returns the phase of the AP's start-up that ends when the kernel logs this line; empty: none.
std::string_view phase_ended_by(std::string_view text, CpuId cpu) {
  const std::string n = std::to_string(cpu);
  if (has(text, "CPU" + n + ": Booted secondary processor")) return "alive";
  if (has(text, "microcode:") && has(text, "CPU" + n + ":")) return "alive";
  if (has(text, "TSC synchronization [CPU#") && has(text, "-> CPU#" + n + "]")) return "cpu_init";
  if (has(text, "TSC warp between CPUs")) return "tsc_sync";
  return {};
}

std::int64_t quantile(const Samples& sorted, std::size_t quarter) {
  return sorted[((sorted.size() - 1) * quarter + 2) / 4];
}

std::int64_t median(Samples samples) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  return quantile(samples, 2);
}

/// Returns a cost as CPU work, or as sleep for callbacks that wait for others.
ordered_json cost(const Samples& samples, bool asleep) {
  ordered_json dist = quantiles(samples);
  if (dist.is_number() && !asleep) return dist;
  return {{asleep ? "wait" : "work", std::move(dist)}};
}

/// True for callbacks that mostly sleep: takedown_cpu waits for the dying CPU, sched_cpu_deactivate
/// for an RCU grace period (docs/kernel.md 4.1, v4.8).
bool sleeps(const std::string& symbol) {
  return symbol == "takedown_cpu" || symbol == "sched_cpu_deactivate";
}

/// Subtracts two wake-ups from each time between the kick and the AP's first event, because the
/// model adds them: the AP wakes the control CPU, and that wakes the AP's hotplug thread.
Samples without_wake_ups(Samples samples, std::int64_t wake_up) {
  for (std::int64_t& s : samples) s = std::max<std::int64_t>(0, s - 2 * wake_up);
  return samples;
}

ordered_json phases(const Evidence& e) {
  // The measured times of longer parts (the phase "unattributed", and the states cpu:kick_ap,
  // cpu:teardown, sched:active, smpboot/threads:online) contain these phases. So the phases cost 0.
  // Their default costs would count the same time twice.
  std::map<std::string, ordered_json> known;
  for (const char* inside : {"kick", "alive", "microcode", "cpu_init", "calibrate", "tsc_sync",
                             "idle_entry", "kick_cleanup", "stop_machine", "rcu_sync",
                             "park_thread", "irq_migrate", "idle_dead", "die"})
    known[inside] = 0;
  const auto wake = e.phases.find("wake_up");
  const std::int64_t wake_up = wake == e.phases.end() ? 0 : median(wake->second);
  for (const auto& [name, samples] : e.phases)
    known[name] = name == "unattributed" ? cost(without_wake_ups(samples, wake_up), false)
                                         : cost(samples, false);
  if (!known.contains("unattributed"))
    known["unattributed"] = cost(without_wake_ups(e.released, wake_up), false);
  ordered_json out = ordered_json::object();
  for (const std::string_view name : kPhaseNames)
    if (const auto found = known.find(std::string(name)); found != known.end())
      out[found->first] = found->second;
  return out;
}

/// Returns the median of all states' medians, for a callback without a measurement.
std::int64_t typical(const Evidence& e, std::size_t side) {
  Samples medians;
  for (const auto& [id, state] : e.states)
    if (!state.run[side].ns.empty()) medians.push_back(median(state.run[side].ns));
  return median(medians);
}

/// Returns the costs of one state; null when they are unknown.
ordered_json state_costs(const State& s, const Evidence& e) {
  ordered_json out;
  const auto seen = e.states.find(s.id);
  for (const std::size_t side : {0u, 1u}) {
    const std::string& symbol = side == 0 ? s.startup : s.teardown;
    if (symbol.empty()) continue;
    const char* key = side == 0 ? "startup" : "teardown";
    if (s.section == Section::Starting)
      out[key] = 0;  // part of the phase "unattributed" or of cpu:teardown
    else if (side == 0 && s.name == "cpu:bringup")
      out[key] = e.bringup_own.empty() ? ordered_json(0) : cost(e.bringup_own, false);
    else if (seen != e.states.end() && !seen->second.run[side].ns.empty())
      out[key] = cost(seen->second.run[side].ns, sleeps(symbol));
  }
  return out;
}

}  // namespace

void add_callback_time(const Ftrace& trace, std::size_t enter, std::size_t exit, Samples& ns) {
  const std::vector<Event>& events = trace.stream.events;
  if (shows_durations(trace) && events[exit].ret == 0)
    ns.push_back((events[exit].time - events[enter].time).v);
}

void add_thread_times(const Ftrace& trace, std::size_t enter, std::size_t exit, Evidence& found) {
  const std::vector<Event>& events = trace.stream.events;
  if (!shows_durations(trace) || events[exit].ret != 0) return;
  const auto [first, last] = inner_span(trace, enter, exit);
  if (first == kNoPair) return;
  Samples& wake = found.phases["wake_up"];
  wake.push_back((events[first].time - events[enter].time).v);
  wake.push_back((events[exit].time - events[last].time).v);
}

void add_bringup_times(const Ftrace& trace, std::size_t enter, std::size_t exit,
                       const std::vector<KernelLine>& log, const StateList& states,
                       Evidence& found) {
  if (!shows_durations(trace)) return;
  const std::vector<Event>& events = trace.stream.events;
  const CpuId cpu = events[enter].cpu;
  const auto [first, last] = inner_span(trace, enter, exit);
  if (first == kNoPair) return;
  found.measured = true;
  found.phases["wake_up"].push_back((events[exit].time - events[last].time).v);

  const Ns until = events[first].time;
  const std::optional<Ns> kicked = kicked_at(trace, enter, states.kick_ap);
  if (!kicked) return found.released.push_back((until - events[enter].time).v);
  Ns from = *kicked;
  std::vector<const KernelLine*> lines;
  for (const KernelLine& l : log)
    if (l.time >= from && l.time <= until) lines.push_back(&l);
  std::ranges::stable_sort(lines, {}, &KernelLine::time);
  bool split = false;
  for (const KernelLine* l : lines) {
    const bool kick =
        has(l->text, "Booting Node") && has(l->text, " Processor " + std::to_string(cpu) + " ");
    const std::string_view phase = phase_ended_by(l->text, cpu);
    if (!kick && phase.empty()) continue;
    (kick ? found.bringup_own : found.phases[std::string(phase)]).push_back((l->time - from).v);
    from = l->time;
    split = true;
  }
  found.split += split ? 1 : 0;
  found.phases["unattributed"].push_back((until - from).v);
}

ordered_json quantiles(Samples samples) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  if (samples.front() == samples.back()) return samples.front();
  ordered_json out = ordered_json::array();
  for (std::size_t quarter = 0; quarter <= 4; ++quarter) out.push_back(quantile(samples, quarter));
  return out;
}

ordered_json make_costs(const std::string& name, const StateTable& table, const Evidence& e) {
  ordered_json out;
  out["version"] = 1;
  out["kind"] = "cpuhp-costs";
  out["name"] = name;
  out["source"] = "measured from " + std::to_string(e.events) + " traced events of kernel " +
                  table.kernel() +
                  "; the phase unattributed includes STARTING callbacks, and the state "
                  "cpu:teardown includes DYING callbacks; default: median of the measured "
                  "callbacks";
  out["measured_under"] = e.emulated ? "emulation" : "hardware";
  out["default"] = {{"startup", typical(e, 0)}, {"teardown", typical(e, 1)}};
  out["phases"] = phases(e);
  ordered_json states = ordered_json::object();
  for (const State& s : table.all())
    if (ordered_json c = state_costs(s, e); !s.name.empty() && !c.is_null())
      states[s.name] = std::move(c);
  out["states"] = std::move(states);
  return out;
}

}  // namespace cpuhp
