#include "sim/analysis/paired.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace cpuhp {

std::optional<PairedDifference> paired(const std::vector<std::pair<double, double>>& pairs) {
  const auto n = static_cast<double>(pairs.size());
  if (pairs.size() < 2) return std::nullopt;
  double sum = 0;
  for (const auto& [first, second] : pairs) sum += second - first;
  const double mean = sum / n;
  double squares = 0;
  for (const auto& [first, second] : pairs)
    squares += (second - first - mean) * (second - first - mean);
  const double standard_error = std::sqrt(squares / (n - 1) / n);
  const double quantile = boost::math::quantile(boost::math::students_t(n - 1), 0.975);
  const double half = quantile * standard_error;
  return PairedDifference{mean, mean - half, mean + half};
}

}  // namespace cpuhp
