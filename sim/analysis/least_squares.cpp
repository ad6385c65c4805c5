#include "sim/analysis/least_squares.hpp"

#include <algorithm>
#include <unsupported/Eigen/LevenbergMarquardt>

namespace cpuhp {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A parameter at its bound costs as much as a figure that is off by this part of its tolerance.
constexpr double kPull = 0.01;
/// Simulated figures are piecewise linear, so that a wide step has no error of its own.
constexpr double kWay = 1.0 / 128;
constexpr Index kEvaluationsMax = 60;

/// The problem as Levenberg-Marquardt sees it, which knows no bounds: a parameter is
/// (1 + sin u) / 2, as in MINUIT.
class Unbounded : public Eigen::DenseFunctor<double> {
 public:
  Unbounded(const Deviations& deviations, Index parameters, Index figures)
      : DenseFunctor(static_cast<int>(parameters), static_cast<int>(figures + parameters)),
        deviations_(deviations) {}

  static VectorXd bounded(const VectorXd& u) { return (u.array().sin() + 1) / 2; }

  int operator()(const VectorXd& u, VectorXd& out) const {
    const VectorXd at = bounded(u);
    out.head(values() - inputs()) = deviations_(at);
    out.tail(inputs()) = kPull * (2 * at.array() - 1);
    return 0;
  }

  int df(const VectorXd& u, MatrixXd& out) const {
    out.setZero();
    out.topRows(values() - inputs()) = sensitivities(deviations_, bounded(u));
    out.bottomRows(inputs()).diagonal().setConstant(2 * kPull);
    out *= (u.array().cos() / 2).matrix().asDiagonal();
    return 0;
  }

 private:
  const Deviations& deviations_;
};

}  // namespace

VectorXd least_squares(const Deviations& deviations, Index parameters) {
  VectorXd u = VectorXd::Zero(parameters);
  const Index figures = deviations(Unbounded::bounded(u)).size();
  Unbounded problem(deviations, parameters, figures);
  Eigen::LevenbergMarquardt<Unbounded> solver(problem);
  solver.setFtol(1e-6);
  solver.setXtol(1e-6);
  solver.setMaxfev(kEvaluationsMax);
  solver.minimize(u);
  return Unbounded::bounded(u);
}

MatrixXd sensitivities(const Deviations& deviations, const VectorXd& at) {
  MatrixXd change;
  for (Index j = 0; j < at.size(); ++j) {
    VectorXd below = at, above = at;
    below[j] = std::max(0.0, at[j] - kWay);
    above[j] = std::min(1.0, at[j] + kWay);
    const VectorXd slope = (deviations(above) - deviations(below)) / (above[j] - below[j]);
    if (j == 0) change.resize(slope.size(), at.size());
    change.col(j) = slope;
  }
  return change;
}

}  // namespace cpuhp
