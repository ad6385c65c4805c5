// Compares one scenario under several designs and seeds: the figures of each run, and how much each
// design gains over the baseline.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/analysis/mean_interval.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// A time of which only the two ends are known. With equal ends it is one figure.
struct TimeRange {
  Ns low{}, high{};
  bool is_one() const { return low == high; }
};

/// The figures of a run that are kept for the comparison. Of a machine whose traces may be read in
/// several ways (sim/analysis/readings.hpp), all but the times are those of the first reading.
struct RunFigures {
  Design design = Design::Symmetric;
  std::uint64_t seed = 0;
  CpuId cpus = 0;
  CpuId online = 0;
  TimeRange bringup;
  TimeRange boot;
  std::optional<Ns> background_left;
  Ledger control_cpu;
  std::uint64_t events = 0;
  std::string digest;
  std::string why;   ///< why a time is a range, or why there is none
  bool told = true;  ///< false: the traces tell so little that the times are no figures

  /// True when each time is one figure.
  bool is_one() const { return told && bringup.is_one() && boot.is_one(); }
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
  std::string to_record = {};           ///< what would make ranges narrower
};

struct FactorRange {
  double low = 0, high = 0;
};

/// Returns how many times as fast `run` came up as the run of the baseline with the same seed. No
/// value when one of the two took no time, or has no figure.
std::optional<FactorRange> speedup(const Comparison& comparison, const RunFigures& run);
/// Returns the factor by which `value` is shorter than `baseline`, under the same conditions.
std::optional<FactorRange> factor(const TimeRange& baseline, const TimeRange& value);

/// Figures of one design, averaged over all seeds, in ns. A design with ranges has two: of their low
/// and of their high ends.
struct OverSeeds {
  Design design = Design::Symmetric;
  std::string end;  ///< "low" or "high"; empty: the times are no ranges
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
