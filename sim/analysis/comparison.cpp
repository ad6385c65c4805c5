#include "sim/analysis/comparison.hpp"

#include <algorithm>
#include <array>

namespace cpuhp {
namespace {

const RunFigures* baseline_of(const Comparison& c, std::uint64_t seed) {
  for (const RunFigures& r : c.runs)
    if (r.design == c.baseline && r.seed == seed) return &r;
  return nullptr;
}

/// Subtracts the figures of `base(run)` from those of each run, and returns each design's averages.
/// Leaves out the runs for which `base` returns nullptr, and those without figures.
template <typename Base>
std::vector<OverSeeds> over_seeds(const Comparison& c, Base base) {
  std::vector<OverSeeds> list;
  for (const Design design : designs_of(c)) {
    std::array<std::vector<double>, 2> bringups, boots;  // by end
    bool ranges = false;
    const auto add = [](std::array<std::vector<double>, 2>& to, const TimeRange& time,
                        const TimeRange& less) {
      to[0].push_back(static_cast<double>((time.low - less.high).v));
      to[1].push_back(static_cast<double>((time.high - less.low).v));
    };
    for (const RunFigures& r : c.runs) {
      const RunFigures* const less = base(r);
      if (r.design != design || less == nullptr || !r.told || !less->told) continue;
      add(bringups, r.bringup, less->bringup);
      add(boots, r.boot, less->boot);
      ranges = ranges || !r.is_one() || !less->is_one();
    }
    if (bringups[0].size() < 2) continue;
    for (const std::size_t end : {std::size_t{0}, std::size_t{1}})
      if (end == 0 || ranges)
        list.push_back({design,
                        !ranges    ? ""
                        : end == 0 ? "low"
                                   : "high",
                        bringups[end].size(), mean_interval(bringups[end]),
                        mean_interval(boots[end])});
  }
  return list;
}

}  // namespace

RunFigures figures(const RunResult& r) {
  return {.design = r.design,
          .seed = r.seed,
          .cpus = r.cpus,
          .online = r.online,
          .bringup = {r.bringup, r.bringup},
          .boot = {r.boot, r.boot},
          .background_left = r.background_left,
          .control_cpu = r.control_cpu,
          .events = r.events,
          .digest = r.digest,
          .why = {}};
}

Ns spinning(const Ledger& ledger) { return ledger.spinning + ledger.stopped; }

std::optional<FactorRange> factor(const TimeRange& base, const TimeRange& value) {
  if (base.low <= Ns{} || value.low <= Ns{}) return std::nullopt;
  const auto over = [](Ns a, Ns b) { return static_cast<double>(a.v) / static_cast<double>(b.v); };
  return FactorRange{over(base.low, value.high), over(base.high, value.low)};
}

std::optional<FactorRange> speedup(const Comparison& c, const RunFigures& run) {
  const RunFigures* const base = baseline_of(c, run.seed);
  if (base == nullptr || !base->told || !run.told) return std::nullopt;
  // A design is as fast as itself, also where its time is a range.
  const TimeRange& time = run.bringup;
  return base == &run ? factor({time.low, time.low}, {time.low, time.low})
                      : factor(base->bringup, time);
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
