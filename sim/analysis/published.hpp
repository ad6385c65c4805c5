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
  /// "total"; "max", the largest value of a single CPU; or which of the row's values: "CPU 3"
  std::string of = "total";
  Ns published{};
  Ns simulated{};
  std::optional<std::int64_t> tolerance;  ///< in permille; absent: not judged
  std::string fitted;                     ///< parameter that was fitted to this figure
  std::string follows;        ///< with the file's profiles: figures from which this one follows
  std::string repeats;        ///< other published figures that this one repeats or adds up
  std::string not_predicted;  ///< why the model does not say it

  bool is_value() const { return of != "total" && of != "max"; }
  /// Returns the difference from the published figure in permille, rounded away from zero.
  std::int64_t permille() const;
  /// Returns "fitted", "follows", "predicted"; or for a figure that is not judged "not predicted",
  /// if the row says why, and "shown".
  std::string_view standing() const;
  /// Returns the standing with its reason: "fitted: kick", "predicted", "follows: E and G, serial".
  std::string role() const;
  bool ok() const { return !tolerance || (permille() <= *tolerance && permille() >= -*tolerance); }
};

/// Runs every scenario once, and compares all rows in the file's order.
std::vector<Residual> residuals(const Published& published, Simulator& simulator);

/// Returns a duration in ms with three decimals.
std::string milliseconds(Ns t);

/// Compares each pair of totals that differ by more than 2 % in the publication, and that may not
/// deviate by more than 2.5 %. Returns a sentence for each pair whose order is not the same in the simulation: "C online should be less than D
/// serial", where C and D are ids.
std::vector<std::string> order_breaks(const std::vector<Residual>& residuals);

/// Returns for each line of residual_table() the index of its figure: each total and maximum, and of
/// a row's values the one with the largest deviation.
std::vector<std::size_t> shown_figures(const std::vector<Residual>& residuals);

/// Returns the comparison as a Markdown table for docs/validation.md. `roles`: the last column;
/// empty: what the file says of each figure.
std::string residual_table(const std::vector<Residual>& residuals,
                           const std::vector<std::string>& roles = {});

}  // namespace cpuhp
