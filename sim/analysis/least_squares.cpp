#include "sim/analysis/least_squares.hpp"

#include <algorithm>
#include <array>
#include <unsupported/Eigen/LevenbergMarquardt>

namespace cpuhp {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A parameter at its bound costs as much as a figure that is off by this part of its tolerance.
constexpr double kPull = 0.01;
/// Steps for slopes. Figures are piecewise linear, with jumps where a CPU polls: narrow steps are
/// exact, and wide ones see beyond the piece that the fit begins in.
constexpr double kNarrow = 1.0 / 128;
constexpr std::array<double, 3> kSteps{kNarrow, 1.0 / 16, 1.0 / 4};
/// Each fit begins this far from the bounds, where a parameter hardly changes with u.
constexpr double kFromBounds = 1.0 / 64;
constexpr Index kEvaluationsMax = 40;

/// The problem as Levenberg-Marquardt sees it, which knows no bounds: a parameter is
/// (1 + sin u) / 2, as in MINUIT.
class Unbounded : public Eigen::DenseFunctor<double> {
 public:
  Unbounded(const Deviations& deviations, Index parameters, Index figures, double step)
      : DenseFunctor(static_cast<int>(parameters), static_cast<int>(figures + parameters)),
        deviations_(deviations),
        step_(step) {}

  static VectorXd bounded(const VectorXd& u) { return (u.array().sin() + 1) / 2; }
  static VectorXd unbounded(const VectorXd& at) {
    return (2 * at.array().max(kFromBounds).min(1 - kFromBounds) - 1).asin();
  }

  int operator()(const VectorXd& u, VectorXd& out) const {
    const VectorXd at = bounded(u);
    out.head(values() - inputs()) = deviations_(at);
    out.tail(inputs()) = kPull * (2 * at.array() - 1);
    return 0;
  }

  int df(const VectorXd& u, MatrixXd& out) const {
    out.setZero();
    out.topRows(values() - inputs()) = sensitivities(deviations_, bounded(u), step_);
    out.bottomRows(inputs()).diagonal().setConstant(2 * kPull);
    out *= (u.array().cos() / 2).matrix().asDiagonal();
    return 0;
  }

 private:
  const Deviations& deviations_;
  double step_;
};

VectorXd fit(const Deviations& deviations, const VectorXd& from, double step) {
  VectorXd u = Unbounded::unbounded(from);
  Unbounded problem(deviations, from.size(), deviations(from).size(), step);
  Eigen::LevenbergMarquardt<Unbounded> solver(problem);
  solver.setFtol(1e-6);
  solver.setXtol(1e-6);
  solver.setMaxfev(kEvaluationsMax);
  solver.minimize(u);
  return Unbounded::bounded(u);
}

}  // namespace

VectorXd least_squares(const Deviations& deviations, Eigen::Index parameters) {
  const VectorXd middle = VectorXd::Constant(parameters, 0.5);
  VectorXd best = middle;
  for (const double step : kSteps) {
    VectorXd at = fit(deviations, middle, step);
    if (step != kNarrow) at = fit(deviations, at, kNarrow);
    if (deviations(at).norm() < deviations(best).norm()) best = at;
    if (deviations(best).cwiseAbs().maxCoeff() <= 1) break;
  }
  return best;
}

MatrixXd sensitivities(const Deviations& deviations, const VectorXd& at, double step) {
  MatrixXd change;
  for (Index j = 0; j < at.size(); ++j) {
    VectorXd below = at, above = at;
    below[j] = std::max(0.0, at[j] - step);
    above[j] = std::min(1.0, at[j] + step);
    const VectorXd slope = (deviations(above) - deviations(below)) / (above[j] - below[j]);
    if (j == 0) change.resize(slope.size(), at.size());
    change.col(j) = slope;
  }
  return change;
}

}  // namespace cpuhp
