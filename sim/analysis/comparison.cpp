#include "sim/analysis/comparison.hpp"

#include <algorithm>

namespace cpuhp {
namespace {

const RunFigures* baseline_of(const Comparison& c, std::uint64_t seed) {
  for (const RunFigures& r : c.runs)
    if (r.design == c.baseline && r.seed == seed) return &r;
  return nullptr;
}

/// Subtracts the figures of `base(run)` from those of each run, and returns each design's averages.
/// Leaves out the runs for which `base` returns nullptr.
template <typename Base>
std::vector<OverSeeds> over_seeds(const Comparison& c, Base base) {
  std::vector<OverSeeds> list;
  for (const Design design : designs_of(c)) {
    std::vector<double> bringups, boots;
    for (const RunFigures& r : c.runs) {
      const RunFigures* const less = base(r);
      if (r.design != design || less == nullptr) continue;
      bringups.push_back(static_cast<double>((r.bringup - less->bringup).v));
      boots.push_back(static_cast<double>((r.boot - less->boot).v));
    }
    if (bringups.size() >= 2)
      list.push_back({design, bringups.size(), mean_interval(bringups), mean_interval(boots)});
  }
  return list;
}

}  // namespace

RunFigures figures(const RunResult& r) {
  return {.design = r.design,
          .seed = r.seed,
          .cpus = r.cpus,
          .online = r.online,
          .bringup = r.bringup,
          .boot = r.boot,
          .background_left = r.background_left,
          .control_cpu = r.control_cpu,
          .events = r.events,
          .digest = r.digest};
}

Ns spinning(const Ledger& ledger) { return ledger.spinning + ledger.stopped; }

std::optional<double> speedup(const Comparison& c, const RunFigures& run) {
  const RunFigures* const base = baseline_of(c, run.seed);
  if (base == nullptr || base->bringup <= Ns{} || run.bringup <= Ns{}) return std::nullopt;
  return static_cast<double>(base->bringup.v) / static_cast<double>(run.bringup.v);
}

std::vector<Design> designs_of(const Comparison& c) {
  std::vector<Design> designs;
  for (const RunFigures& r : c.runs)
    if (std::find(designs.begin(), designs.end(), r.design) == designs.end())
      designs.push_back(r.design);
  return designs;
}

std::vector<OverSeeds> averages(const Comparison& c) {
  return over_seeds(c, [zero = RunFigures{}](const RunFigures&) { return &zero; });
}

std::vector<OverSeeds> gains(const Comparison& c) {
  return over_seeds(c, [&](const RunFigures& r) {
    return r.design == c.baseline ? nullptr : baseline_of(c, r.seed);
  });
}

}  // namespace cpuhp
