// Published measurements of real machines beside what the simulator makes of them.
//
//   Published p = load_published("scenarios/published/skylake-112.json");
//   with_simulator(p.max_cpus(), [&](Simulator& s) {
//     for (const Residual& r : residuals(p, s)) r.permille();     // +13: 1.3 % too long
//   });
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/run/run.hpp"
#include "sim/scenario/published_file.hpp"

namespace cpuhp {

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
