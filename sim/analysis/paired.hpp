// Means over several seeds: of one figure, and of the difference between two designs that ran on
// the same machines.
#pragma once

#include <optional>
#include <utility>
#include <vector>

namespace cpuhp {

/// A mean and its 95 % confidence interval (Student's t).
struct MeanInterval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// Returns the mean of the values; none with fewer than two values.
std::optional<MeanInterval> mean_interval(const std::vector<double>& values);
/// Returns the mean of second minus first over the pairs; none with fewer than two pairs.
std::optional<MeanInterval> paired(const std::vector<std::pair<double, double>>& pairs);

}  // namespace cpuhp
