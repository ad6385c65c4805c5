// Published measurements of real machines beside what the simulator makes of them
// (docs/reference/published.md, scenarios/published/).
//
//   Published p = load_published("scenarios/published/skylake-112.json");
//   with_simulator(p.max_cpus(), [&](Simulator& s) {
//     for (const Residual& r : residuals(p, s)) r.permille();     // +13: 1.3 % too long
//   });
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/cpumask.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

/// What of a run a row is about.
enum class Quantity : std::uint8_t {
  Calls,    ///< all calls of cpu_up() for the row's CPUs
  Prepare,  ///< the first of two calls
  Online,   ///< the second of two calls
  Bringup,  ///< RunResult::bringup
  Boot,     ///< RunResult::boot
};

/// One published figure: a total over CPUs, or the largest of them.
struct PublishedRow {
  std::string id;
  std::string what;
  std::size_t run = 0;  ///< index into Published::runs
  Quantity quantity = Quantity::Bringup;
  CpuMask cpus;  ///< Calls, Prepare, Online
  std::optional<Ns> total;
  std::optional<Ns> max;
  bool max_of_sums = false;  ///< published as the sum of the two maxima, not of one CPU
  std::optional<std::int64_t> total_permille;  ///< allowed deviation; absent: shown only
  std::optional<std::int64_t> max_permille;
  std::string total_fitted;  ///< parameter that was fitted to this figure; empty: predicted
  std::string max_fitted;
};

struct PublishedRun {
  std::string name;
  Scenario scenario;
};

struct Published {
  std::string file;
  std::string name;
  std::string source;
  std::vector<PublishedRun> runs;
  std::vector<PublishedRow> rows;
  std::vector<std::string> notes;

  CpuId max_cpus() const;
};

/// Reads the file and the scenarios that it names, relative to it. Throws BadInput.
Published load_published(const std::string& path);

/// A published figure and the simulated one.
struct Residual {
  std::string id;
  std::string what;
  bool max = false;  ///< the largest of the CPUs instead of their total
  Ns published{};
  Ns simulated{};
  std::optional<std::int64_t> tolerance;  ///< permille; absent: shown only
  std::string fitted;                     ///< empty: predicted

  /// Deviation from the published figure in permille, rounded away from zero.
  std::int64_t permille() const;
  bool ok() const { return !tolerance || (permille() <= *tolerance && permille() >= -*tolerance); }
};

/// Runs every scenario once and compares every row, in the file's order.
std::vector<Residual> residuals(const Published& published, Simulator& simulator);

/// Pairs of totals whose published order (if they differ by more than 2 %) is not the simulated
/// one: "C online, total before D serial, total", ...
std::vector<std::string> order_breaks(const std::vector<Residual>& residuals);

/// A Markdown table of the residuals, as docs/validation.md shows it.
std::string residual_table(const std::vector<Residual>& residuals);

}  // namespace cpuhp
