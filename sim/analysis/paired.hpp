// Paired differences: what one design gains on another when both ran on the same machines.
//
//   paired({{110, 100}, {121, 105}, {108, 99}})->mean;    // -11.67: second minus first
#pragma once

#include <optional>
#include <utility>
#include <vector>

namespace cpuhp {

/// The mean of differences and its 95 % confidence interval (Student's t).
struct PairedDifference {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// Second minus first, over the pairs. None with fewer than two pairs.
std::optional<PairedDifference> paired(const std::vector<std::pair<double, double>>& pairs);

}  // namespace cpuhp
