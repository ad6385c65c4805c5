#include "sim/analysis/readings.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace cpuhp {
namespace {

Design traced_design(const Scenario& s) {
  // The traces of bring-ups after the boot are of a kernel that brings up one CPU at a time.
  return s.untold.design.value_or(Design::Symmetric);
}

bool is_untold(const Scenario& s) {
  const bool traced = s.untold.design || s.untold.other;
  return traced && s.config.design != traced_design(s);
}

/// True when the traced control CPU looked only every 2 ms whether an AP is alive.
bool polled(const Scenario& s) { return s.config.table.rules().core_sync == CoreSync::Full; }

/// Makes each AP come alive as early as the control CPU's looks allow. A profile has it right before
/// the look that saw it.
void come_alive_early(MachineConfig& c) {
  const auto early = [](Ns& d) {
    if (d > 1_ms) d = std::max(1_ms + 1_us, d - 2_ms + 2_us);
  };
  for (CostPart& part : c.costs.phase(Phase::Alive).parts) {
    for (Ns& d : part.work.quantiles) early(d);
    if (part.work.measured == nullptr) continue;
    auto measured = std::make_shared<TracedDurations>(*part.work.measured);
    for (auto& [cpu, occurrences] : measured->by_cpu)
      for (std::vector<Ns>& instances : occurrences)
        for (Ns& d : instances) early(d);
    part.work.measured = std::move(measured);
  }
}

/// Returns the longest that any AP takes from its kick to its first callback.
Ns longest_start(const MachineConfig& c) {
  Ns sum{};
  for (const Phase phase : {Phase::Alive, Phase::CpuInit})
    for (const CostPart& part : c.costs.phase(phase).parts)
      if (!part.work.quantiles.empty()) sum += part.work.quantiles.back();
  return sum;
}

/// Widens a range by what no reading contains.
void add_margins(TimeRange& range, const MachineConfig& c, CpuId aps) {
  if (c.design == Design::Notifier) {
    // A notifier's control CPU does not wait for the AP's idle loop, nor for threads that wake up.
    // The traces have both in the AP's start.
    constexpr Ns kIdleEntry = 10_us;
    range.low = std::max(1_ns, range.low - kIdleEntry * aps);
    range.high += c.costs.phase(Phase::WakeUp).mean_work() * (3 * aps);
    return;
  }
  // A control CPU that has spun for 1 ms looks every 2 ms whether the next AP is alive.
  const int kinds = c.topology.smt() ? 2 : 1;
  const Ns late = 2_ms * kinds, start = longest_start(c);
  if (start > 1_ms) range.low = std::max(1_ns, range.low - late);
  if (start * aps > 1_ms) range.high += late;
}

void widen(TimeRange& range, const TimeRange& by) {
  range.low = std::min(range.low, by.low);
  range.high = std::max(range.high, by.high);
}

}  // namespace

std::vector<MachineConfig> other_readings(const Scenario& s) {
  std::vector<MachineConfig> all;
  if (!is_untold(s)) return all;
  if (s.untold.other) {
    all.push_back(s.config);
    all.back().costs.phases = *s.untold.other;
  }
  const Rules& rules = s.config.table.rules();
  if (rules.bringup_spins && rules.core_sync != CoreSync::Full &&
      s.config.design != Design::Notifier) {
    // These designs do without the callin flag, whose part in an AP's start may be any.
    all.push_back(s.config);
    for (const Phase phase : {Phase::Alive, Phase::CpuInit}) all.back().costs.phase(phase) = {};
  }
  if (polled(s) && s.config.design != Design::Notifier) {
    all.push_back(s.config);
    come_alive_early(all.back());
  }
  return all;
}

void widen(RunFigures& f, const Scenario& s,
           const std::function<RunResult(const MachineConfig&)>& run) {
  if (const auto none = s.untold.no_figure.find(s.config.design);
      none != s.untold.no_figure.end()) {
    f.why = none->second;
    f.told = false;
    return;
  }
  if (!is_untold(s)) return;
  if (s.config.design == Design::Notifier && s.config.table.rules().core_sync == CoreSync::Full) {
    f.why =
        "this design starts an AP by the callin flag, as kernels up to 6.4 did: how long that "
        "takes, a trace of a later kernel does not show";
    f.told = false;
    return;
  }
  if (const auto traced = s.untold.traced.find(s.config.design); traced != s.untold.traced.end()) {
    const Ns after = f.boot.low - f.bringup.low;
    f.bringup = {traced->second, traced->second};
    f.boot = {traced->second + after, traced->second + after};
    return;
  }
  if (s.config.design == Design::Async) {
    f.why = "no trace shows which callbacks wait for one another when all APs walk at once";
    f.told = false;
    return;
  }
  for (const MachineConfig& reading : other_readings(s)) {
    const RunFigures other = figures(run(reading));
    widen(f.bringup, other.bringup);
    widen(f.boot, other.boot);
  }
  for (TimeRange* const range : {&f.bringup, &f.boot})
    if (range->low > Ns{}) add_margins(*range, s.config, f.online - 1);
  if (f.bringup.is_one() && f.boot.is_one()) return;
  f.why = s.untold.why;
  if (f.why.empty() && polled(s))
    f.why = "the control CPU looks only every 2 ms whether an AP is alive";
  if (s.config.design == Design::Parallel)
    f.why += (f.why.empty() ? "" : ", and ") +
             std::string("in a guest it may take longer, as APs that poll cost VM exits");
  // A wider range says too little to be a figure.
  f.told = f.bringup.high * 4 <= f.bringup.low * 7;
}

std::string what_to_record(const Scenario& s) {
  if (!s.untold.other) return "";
  const Rules& rules = s.config.table.rules();
  std::string text;
  if (traced_design(s) == Design::Parallel)
    text = "a boot of the same machine with cpuhp.parallel=0";
  else if (rules.split_startup && rules.parallel_bringup)
    text = "a boot of the same machine with cpuhp.parallel=1";
  if (!text.empty()) text += ", whose trace `import` takes with the present one; or ";
  return text +
         "a kernel log (`import --dmesg`) with a line \"microcode: CPU1: ...\" for each AP; a "
         "function "
         "graph of start_secondary() would tell it, too, but `import` takes no times from one";
}

}  // namespace cpuhp
