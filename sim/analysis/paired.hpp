// Means over several seeds: of a figure, and of what one design gains on another when both ran on
// the same machines.
//
//   paired({{110, 100}, {121, 105}, {108, 99}})->mean;    // -11.67: second minus first
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

/// None with fewer than two values.
std::optional<MeanInterval> mean_interval(const std::vector<double>& values);
/// Second minus first, over the pairs. None with fewer than two pairs.
std::optional<MeanInterval> paired(const std::vector<std::pair<double, double>>& pairs);

}  // namespace cpuhp
