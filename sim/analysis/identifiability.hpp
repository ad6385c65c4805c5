// Tells which parameters the figures fix, and which they leave open. It goes by how much each figure
// changes with each parameter (least_squares.hpp).
#pragma once

#include <Eigen/Core>
#include <vector>

#include "sim/analysis/fixed.hpp"

namespace cpuhp {

struct Identifiability {
  /// Covariance of the parameters, if a deviation has the standard deviation 1 and a parameter
  /// alone half of the way between its bounds.
  Eigen::MatrixXd covariance;
  std::vector<Fixed> fixed;
  /// By parameter: the figures that fix it, the one with most influence first.
  std::vector<std::vector<Eigen::Index>> by;
  /// Parameters of which only combinations are fixed.
  std::vector<std::vector<Eigen::Index>> groups;
  /// Combinations that are fixed: on the way from the middle of the bounds to an end the figures
  /// change by more than their tolerances.
  std::size_t combinations = 0;

  /// Returns the standard deviation of a parameter, as a share of the way between its bounds.
  double spread(Eigen::Index parameter) const;
};

/// `change`: a row for each fitted figure, a column for each parameter.
Identifiability identifiability(const Eigen::MatrixXd& change);

/// Returns how many combinations the figures fix.
std::size_t fixed_combinations(const Eigen::MatrixXd& change);

}  // namespace cpuhp
