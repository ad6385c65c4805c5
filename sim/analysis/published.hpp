// Published measurements of real machines beside the simulator's figures.
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
  std::optional<std::int64_t> tolerance;  ///< in permille; absent: never judged
  std::string fitted;                     ///< parameter fitted to this figure; empty: predicted

  /// Returns the deviation from the published figure in permille, rounded away from zero.
  std::int64_t permille() const;
  bool ok() const { return !tolerance || (permille() <= *tolerance && permille() >= -*tolerance); }
};

/// Runs every scenario once and compares every row, in the file's order.
std::vector<Residual> residuals(const Published& published, Simulator& simulator);

/// Returns the pairs of totals whose simulated order differs from the published order, if the
/// published totals differ by more than 2 %: "C online, total before D serial, total".
std::vector<std::string> order_breaks(const std::vector<Residual>& residuals);

/// Returns a Markdown table of the residuals, as docs/validation.md shows it.
std::string residual_table(const std::vector<Residual>& residuals);

}  // namespace cpuhp
