// One scenario under several designs and seeds: the figures of each run, and the gains of each
// design over the baseline.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/analysis/paired.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// The figures kept from a run.
struct RunFigures {
  Design design = Design::Symmetric;
  std::uint64_t seed = 0;
  CpuId cpus = 0;
  CpuId online = 0;
  Ns bringup{};
  Ns boot{};
  Ledger control_cpu;
  std::uint64_t events = 0;
  std::string digest;
};

RunFigures figures(const RunResult& result);

/// Returns the CPU time burnt: spinning, and standing still in stop_machine.
Ns spinning(const Ledger& ledger);

struct Comparison {
  std::string scenario;
  std::string machine;  ///< in words, for people; may be empty
  Design baseline = Design::Notifier;
  std::vector<RunFigures> runs;         ///< by seed, then by design in the order requested
  std::vector<std::string> notes = {};  ///< designs that are left out, and why
};

/// Returns the bring-up time of the baseline's run with the same seed, divided by the bring-up time
/// of `run`; none when one of the two took no time.
std::optional<double> speedup(const Comparison& comparison, const RunFigures& run);

/// A figure of one design over all seeds, in ns.
struct OverSeeds {
  Design design = Design::Symmetric;
  std::size_t seeds = 0;
  std::optional<MeanInterval> bringup;
  std::optional<MeanInterval> boot;
};

/// Returns the averages of each design, in order; empty with fewer than two seeds.
std::vector<OverSeeds> averages(const Comparison& comparison);
/// Returns the gains of each design over the baseline, compared seed by seed; empty with fewer than
/// two seeds.
std::vector<OverSeeds> gains(const Comparison& comparison);

/// Returns the designs of a comparison, in order.
std::vector<Design> designs_of(const Comparison& comparison);

}  // namespace cpuhp
