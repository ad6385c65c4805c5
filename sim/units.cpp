#include "sim/units.hpp"

#include <spdlog/fmt/fmt.h>

namespace cpuhp {
namespace {

std::int64_t rounded(std::int64_t value, std::int64_t divisor) {
  const std::int64_t half = divisor / 2;
  return (value + (value < 0 ? -half : half)) / divisor;
}

std::string with_decimals(std::int64_t scaled, int decimals) {
  const std::uint64_t size =
      scaled < 0 ? 0 - static_cast<std::uint64_t>(scaled) : static_cast<std::uint64_t>(scaled);
  std::uint64_t one = 1;
  for (int i = 0; i < decimals; ++i) one *= 10;
  const char* const sign = scaled < 0 ? "-" : "";
  if (decimals == 0) return fmt::format("{}{}", sign, size);
  return fmt::format("{}{}.{:0{}}", sign, size / one, size % one, decimals);
}

}  // namespace

Unit unit_for(Ns largest) {
  const std::int64_t ns = largest.v < 0 ? -largest.v : largest.v;
  if (ns < 10'000) return {"ns", 1, 0};
  if (ns < 10'000'000) return {"us", 1'000, 1};
  if (ns < 100'000'000'000) return {"ms", 1'000'000, 3};
  return {"s", 1'000'000'000, 3};
}

std::string in_unit(Ns d, const Unit& unit) {
  std::int64_t step = unit.ns;
  for (int i = 0; i < unit.decimals; ++i) step /= 10;
  return with_decimals(rounded(d.v, step), unit.decimals);
}

std::string readable(Ns d) {
  const Unit unit = unit_for(d);
  return fmt::format("{} {}", in_unit(d, unit), unit.name);
}

std::string percent(Ns part, Ns whole) {
  if (whole.v <= 0) return "-";
  // Computes tenths of a percent. Above 2^63 / 1000 ns the division comes first, so that the product
  // stays within 64 bits.
  const std::int64_t tenths =
      whole.v > INT64_MAX / 1000 ? part.v / (whole.v / 1000) : rounded(part.v * 1000, whole.v);
  return with_decimals(tenths, 1) + "%";
}

}  // namespace cpuhp
