// Compares one scenario under several designs and seeds: the figures of each run, and how much each
// design gains over the baseline.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/analysis/mean_interval.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// The figures of a run that are kept for the comparison.
struct RunFigures {
  Design design = Design::Symmetric;
  std::uint64_t seed = 0;
  CpuId cpus = 0;
  CpuId online = 0;
  Ns bringup{};
  Ns boot{};
  std::optional<Ns> background_left;
  Ledger control_cpu;
  std::uint64_t events = 0;
  std::string digest;
};

RunFigures figures(const RunResult& result);

/// Returns the wasted CPU time: spinning, and standing still in stop_machine().
Ns spinning(const Ledger& ledger);

struct Comparison {
  std::string scenario;
  std::string machine;  ///< description for people; may be empty
  Design baseline = Design::Notifier;
  std::vector<RunFigures> runs;         ///< by seed, then by design in the requested order
  std::vector<std::string> notes = {};  ///< designs that were left out, and why
};

/// Returns how many times as fast `run` came up as the run of the baseline with the same seed. No
/// value when one of the two took no time.
std::optional<double> speedup(const Comparison& comparison, const RunFigures& run);

/// Figures of one design, averaged over all seeds, in ns.
struct OverSeeds {
  Design design = Design::Symmetric;
  std::size_t seeds = 0;
  std::optional<MeanInterval> bringup;
  std::optional<MeanInterval> boot;
};

/// Returns the averages of each design; empty with fewer than two seeds.
std::vector<OverSeeds> averages(const Comparison& comparison);
/// Returns the gains of each design over the baseline, computed seed by seed; empty with fewer than
/// two seeds.
std::vector<OverSeeds> gains(const Comparison& comparison);

/// Returns the designs of a comparison, in the requested order.
std::vector<Design> designs_of(const Comparison& comparison);

}  // namespace cpuhp
