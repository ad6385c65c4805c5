// Averages over several seeds: of a figure, or of the difference between two designs. With the same
// seed, both designs ran on the same machine.
#pragma once

#include <optional>
#include <vector>

namespace cpuhp {

/// A mean and its 95 % confidence interval (Student's t).
struct MeanInterval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// Returns the mean of the values; no value for fewer than two.
std::optional<MeanInterval> mean_interval(const std::vector<double>& values);

}  // namespace cpuhp
