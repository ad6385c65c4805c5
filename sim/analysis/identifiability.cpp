#include "sim/analysis/identifiability.hpp"

#include <Eigen/Cholesky>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>

namespace cpuhp {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// The information of the bounds: 1 / (1/2)^2, half of the way being the standard deviation.
constexpr double kOfBounds = 4;
/// A parameter is fixed if its standard deviation is less than this share of the way.
constexpr double kFixed = 0.25;
/// Others make a parameter uncertain if they make its standard deviation this much larger.
constexpr double kLarger = 3;
/// No figure depends on a parameter which changes them all by less than this part of a tolerance.
constexpr double kNoChange = 0.1;
/// Parameters with a larger correlation belong together.
constexpr double kCorrelated = 0.1;
/// Figures with a larger part in fixing a parameter are named, but not more than three.
constexpr double kPart = 0.15;
constexpr std::size_t kNamed = 3;

Fixed judge(const Identifiability& all, const MatrixXd& change, Index j) {
  const double alone = 1 / std::sqrt(change.col(j).squaredNorm() + kOfBounds);
  if (change.col(j).cwiseAbs().maxCoeff() < kNoChange) return Fixed::Not;
  if (all.spread(j) > kLarger * alone && all.spread(j) > kFixed / 2) return Fixed::Together;
  return all.spread(j) < kFixed ? Fixed::Alone : Fixed::Weakly;
}

/// Returns the figures with the most influence on the parameter's value.
std::vector<Index> figures_that_fix(const VectorXd& influence) {
  std::vector<Index> rows;
  for (Index i = 0; i < influence.size(); ++i)
    if (influence[i] * influence[i] > kPart * influence.squaredNorm()) rows.push_back(i);
  std::stable_sort(rows.begin(), rows.end(), [&](Index a, Index b) {
    return std::abs(influence[a]) > std::abs(influence[b]);
  });
  if (rows.size() > kNamed) rows.resize(kNamed);
  return rows;
}

/// Adds the parameter to the groups that it is correlated with, which become one.
void add_to_groups(const Identifiability& all, Index j, std::vector<std::vector<Index>>& groups) {
  std::vector<Index> own{j};
  const auto related = [&](const std::vector<Index>& group) {
    return std::any_of(group.begin(), group.end(), [&](Index k) {
      return std::abs(all.covariance(j, k)) > kCorrelated * all.spread(j) * all.spread(k);
    });
  };
  for (auto it = groups.begin(); it != groups.end();) {
    if (related(*it)) {
      own.insert(own.end(), it->begin(), it->end());
      it = groups.erase(it);
    } else {
      ++it;
    }
  }
  std::sort(own.begin(), own.end());
  groups.push_back(std::move(own));
}

}  // namespace

double Identifiability::spread(Index parameter) const {
  return std::sqrt(covariance(parameter, parameter));
}

std::size_t fixed_combinations(const MatrixXd& change) {
  const VectorXd values = Eigen::JacobiSVD<MatrixXd>(change).singularValues();
  return static_cast<std::size_t>((values.array().square() > kOfBounds).count());
}

Identifiability identifiability(const MatrixXd& change) {
  const MatrixXd identity = MatrixXd::Identity(change.cols(), change.cols());
  Identifiability all;
  all.covariance = (change.transpose() * change + kOfBounds * identity).ldlt().solve(identity);
  const MatrixXd influence = all.covariance * change.transpose();
  for (Index j = 0; j < change.cols(); ++j) {
    all.fixed.push_back(judge(all, change, j));
    all.by.push_back(figures_that_fix(influence.row(j)));
    if (all.fixed.back() == Fixed::Together) add_to_groups(all, j, all.groups);
  }
  all.combinations = fixed_combinations(change);
  return all;
}

}  // namespace cpuhp
