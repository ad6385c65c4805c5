#include "sim/analysis/mean_interval.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace cpuhp {

std::optional<MeanInterval> mean_interval(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  if (values.size() < 2) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  const double mean = sum / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double standard_error = std::sqrt(squares / (n - 1) / n);
  const double half = boost::math::quantile(boost::math::students_t(n - 1), 0.975) * standard_error;
  return MeanInterval{mean, mean - half, mean + half};
}

}  // namespace cpuhp
