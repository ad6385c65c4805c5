// One scenario under several designs and seeds: the figures of each run, and what a design gains on
// the baseline.
//
//   Comparison c{.scenario = "boot-8-cpus", .baseline = Design::Notifier};
//   c.runs.push_back(figures(result));
//   speedup(c, c.runs[1]);                        // 1.31
//   gains(c)[0].boot->mean;                       // ns, negative: faster than the baseline
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/analysis/paired.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// What is kept of a run.
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

/// CPU time while the machine stands still in stop_machine is burnt: it counts as spinning.
Ns spinning(const Ledger& ledger);

struct Comparison {
  std::string scenario;
  std::string machine;  ///< in words, for people; may be empty
  Design baseline = Design::Notifier;
  std::vector<RunFigures> runs;  ///< seed by seed, the designs in the order that was asked for
  std::vector<std::string> notes = {};  ///< designs that are left out, and why
};

/// The baseline's bring-up of the same seed over this run's; none when one of them took no time.
std::optional<double> speedup(const Comparison& comparison, const RunFigures& run);

/// A figure of one design over all seeds, in ns.
struct OverSeeds {
  Design design = Design::Symmetric;
  std::size_t seeds = 0;
  std::optional<MeanInterval> bringup;
  std::optional<MeanInterval> boot;
};

/// Each design by itself, in order; empty with fewer than two seeds.
std::vector<OverSeeds> averages(const Comparison& comparison);
/// Each design but the baseline against that, seed by seed; empty with fewer than two seeds.
std::vector<OverSeeds> gains(const Comparison& comparison);

/// The designs of a comparison, in order.
std::vector<Design> designs_of(const Comparison& comparison);

}  // namespace cpuhp
