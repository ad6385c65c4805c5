// Fits parameters to figures: bounded, weighted least squares by Eigen's Levenberg-Marquardt.
//
// Each parameter is its share of the way from its lower to its upper bound, 0 to 1, and each figure
// its deviation in units of the allowed one.
#pragma once

#include <Eigen/Core>
#include <functional>

namespace cpuhp {

/// Returns the deviations of all figures for these parameters.
using Deviations = std::function<Eigen::VectorXd(const Eigen::VectorXd& at)>;

/// Returns the parameters, each within 0 to 1, with the least sum of squared deviations. Begins in
/// the middle of all bounds, and again with wider steps while a deviation is above 1. A weak pull to
/// the middle decides what the figures leave open.
Eigen::VectorXd least_squares(const Deviations& deviations, Eigen::Index parameters);

/// Returns the change of each figure (row) while a parameter (column) goes all its way from 0 to 1,
/// extrapolated from steps of this size to both sides of `at`.
Eigen::MatrixXd sensitivities(const Deviations& deviations, const Eigen::VectorXd& at,
                              double step = 1.0 / 128);

}  // namespace cpuhp
