#include "sim/analysis/readings.hpp"

#include <algorithm>
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

/// Replaces a measured duration by the shortest or longest that any CPU had.
void bound(Dist& dist, bool longest) {
  dist.measured = nullptr;
  if (dist.quantiles.empty()) return;
  dist = Dist::fixed(longest ? dist.quantiles.back() : dist.quantiles.front());
}

/// Calls f(cost) for the startup of each state, and stores what f makes of it.
template <typename F>
void each_startup(MachineConfig& c, F f) {
  const auto change = [&](StateId id) {
    Cost cost = c.costs.step(id, Direction::Up);
    for (CostPart& part : cost.parts) f(part);
    c.costs.set_step(id, Direction::Up, std::move(cost));
  };
  for (const State& s : c.table.all())
    if (s.section != Section::Starting) change(s.id);
  for (std::size_t i = 0; i < c.declared.size(); ++i) change(declared_id(i));
}

/// APs that walk at once may wait for one another in any callback, and a callback may take longer
/// the more CPUs are online. Traces of one CPU after the other show neither.
void let_callbacks_wait(MachineConfig& c) {
  const LockId lock = c.costs.lock("callbacks");
  each_startup(c, [lock](CostPart& part) {
    bound(part.work, true);
    bound(part.wait, true);
    part.lock = lock;
  });
}

void hurry_callbacks(MachineConfig& c) {
  each_startup(c, [](CostPart& part) {
    bound(part.work, false);
    bound(part.wait, false);
  });
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
  if (s.config.design == Design::Async) {
    MachineConfig high = all.empty() ? s.config : all.back();
    let_callbacks_wait(high);
    MachineConfig low = s.config;
    hurry_callbacks(low);
    all.push_back(std::move(high));
    all.push_back(std::move(low));
  }
  return all;
}

void widen(RunFigures& f, const Scenario& s,
           const std::function<RunResult(const MachineConfig&)>& run) {
  if (!is_untold(s)) return;
  if (const auto none = s.untold.no_figure.find(s.config.design); none != s.untold.no_figure.end()) {
    f.why = none->second;
    f.told = false;
    return;
  }
  for (const MachineConfig& reading : other_readings(s)) {
    const RunFigures other = figures(run(reading));
    widen(f.bringup, other.bringup);
    widen(f.boot, other.boot);
  }
  if (f.bringup.is_one() && f.boot.is_one()) return;
  f.why = s.untold.why;
  if (s.config.design == Design::Async)
    f.why += std::string(f.why.empty() ? "" : ", and ") +
             "no trace shows which callbacks wait for one another when all APs walk at once";
  f.told = f.bringup.high <= f.bringup.low * 2;
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
         "a kernel log (`import --dmesg`) that says when each AP came alive, as on arm64 \"CPU1: "
         "Booted secondary processor\"; a function graph of start_secondary() would show it, but "
         "`import` takes no times from one";
}

}  // namespace cpuhp
