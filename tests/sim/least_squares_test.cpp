#include "sim/analysis/least_squares.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/analysis/identifiability.hpp"

namespace cpuhp {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Figures that are linear in the parameters, and right at `truth`.
Deviations linear(const MatrixXd& change, const VectorXd& truth) {
  return [=](const VectorXd& at) -> VectorXd { return change * (at - truth); };
}

void expect_near(const VectorXd& found, const VectorXd& right) {
  ASSERT_EQ(found.size(), right.size());
  for (Eigen::Index i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], right[i], 0.002) << i;
}

const MatrixXd kThree{{40, 0}, {0, 70}, {30, 20}};

TEST(LeastSquares, FindsTheParameters) {
  expect_near(least_squares(linear(kThree, VectorXd{{0.2, 0.9}}), 2), VectorXd{{0.2, 0.9}});
}

TEST(LeastSquares, StopsAtABound) {
  const VectorXd found = least_squares(linear(MatrixXd{{40, 0}, {0, 70}}, VectorXd{{1.5, -2}}), 2);
  expect_near(found, VectorXd{{1, 0}});
  EXPECT_LE(found.maxCoeff(), 1);
  EXPECT_GE(found.minCoeff(), 0);
}

/// A wait that vanishes behind other work: the figure depends on it only above a limit.
TEST(LeastSquares, FindsAKink) {
  const Deviations kink = [](const VectorXd& at) -> VectorXd {
    return VectorXd{{100 * std::max(0.0, at[0] + at[1] - 0.6), 50 * (at[0] - 0.4)}};
  };
  const VectorXd found = least_squares(kink, 2);
  EXPECT_NEAR(found[0], 0.4, 0.005);
  EXPECT_LE(found[0] + found[1], 0.605);
}

/// A CPU that polls: around the middle the figure does not change at all.
TEST(LeastSquares, SeesBeyondAPlateau) {
  const Deviations plateaus = [](const VectorXd& at) -> VectorXd {
    return VectorXd{{30 * (std::floor(at[0] * 4 + 0.5) / 4 - 0.25)}};
  };
  EXPECT_NEAR(plateaus(least_squares(plateaus, 1))[0], 0, 1e-9);
}

TEST(LeastSquares, WhatNoFigureFixesStaysInTheMiddle) {
  expect_near(least_squares(linear(MatrixXd{{40, 0}}, VectorXd{{0.2, 0}}), 2),
              VectorXd{{0.2, 0.5}});
  const VectorXd sum = least_squares(linear(MatrixXd{{40, 40}}, VectorXd{{0.2, 0.2}}), 2);
  expect_near(sum, VectorXd{{0.2, 0.2}});
}

TEST(LeastSquares, SensitivitiesAreSlopes) {
  for (const double x : {0.0, 0.3, 1.0})
    EXPECT_TRUE(sensitivities(linear(kThree, VectorXd{{0.2, 0.9}}), VectorXd{{x, 0.5}})
                    .isApprox(kThree, 1e-9));
}

TEST(Identifiability, EachIsFixed) {
  const Identifiability all = identifiability(kThree);
  EXPECT_THAT(all.fixed, testing::ElementsAre(Fixed::Alone, Fixed::Alone));
  EXPECT_EQ(all.combinations, 2u);
  EXPECT_THAT(all.by[1], testing::ElementsAre(1));
  EXPECT_THAT(all.groups, testing::IsEmpty());
  EXPECT_NEAR(all.spread(1), 1.0 / 72, 0.001);
}

TEST(Identifiability, OnlyASumIsFixed) {
  const Identifiability all = identifiability(MatrixXd{{40, 40, 0}, {0, 0, 9}});
  EXPECT_THAT(all.fixed, testing::ElementsAre(Fixed::Together, Fixed::Together, Fixed::Alone));
  EXPECT_THAT(all.groups, testing::ElementsAre(testing::ElementsAre(0, 1)));
  EXPECT_EQ(all.combinations, 2u);
}

TEST(Identifiability, HardlyAndNot) {
  const Identifiability all = identifiability(MatrixXd{{1, 0.05}});
  EXPECT_THAT(all.fixed, testing::ElementsAre(Fixed::Weakly, Fixed::Not));
  EXPECT_EQ(all.combinations, 0u);
}

}  // namespace
}  // namespace cpuhp
