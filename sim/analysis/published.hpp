// Compares published measurements of real machines with the simulator's figures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/run/run.hpp"
#include "sim/scenario/published_file.hpp"

namespace cpuhp {

/// A published figure and the simulated one.
struct Residual {
  std::string id;
  std::string what;
  bool max = false;  ///< true: the largest value of a single CPU; false: the total
  Ns published{};
  Ns simulated{};
  std::optional<std::int64_t> tolerance;  ///< in permille; absent: not judged
  std::string fitted;                     ///< parameter that was fitted to this figure
  std::string follows;                    ///< figures that this one repeats or adds up

  /// Returns the difference from the published figure in permille, rounded away from zero.
  std::int64_t permille() const;
  /// Returns "fitted", "follows", "predicted", or "shown" for a figure that is not judged.
  std::string_view standing() const;
  bool ok() const { return !tolerance || (permille() <= *tolerance && permille() >= -*tolerance); }
};

/// Runs every scenario once, and compares all rows in the file's order.
std::vector<Residual> residuals(const Published& published, Simulator& simulator);

/// Compares each pair of totals that differ by more than 2 % in the publication. Returns a sentence
/// for each pair whose order is not the same in the simulation: "C online should be less than D
/// serial", where C and D are ids.
std::vector<std::string> order_breaks(const std::vector<Residual>& residuals);

/// Returns the comparison as a Markdown table for docs/validation.md.
std::string residual_table(const std::vector<Residual>& residuals);

}  // namespace cpuhp
