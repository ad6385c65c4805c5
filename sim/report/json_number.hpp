// A number that was written before, read back.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "sim/error.hpp"

namespace cpuhp {

/// The number, which the type has to hold: nlohmann's own conversion would make one up.
/// Throws BadInput for any other, and for what is no whole number.
template <typename Number>
Number whole_number(const nlohmann::ordered_json& json) {
  if (json.is_number_unsigned()) {
    const auto value = json.get<std::uint64_t>();
    if (std::in_range<Number>(value)) return static_cast<Number>(value);
  } else if (json.is_number_integer()) {
    const auto value = json.get<std::int64_t>();
    if (std::in_range<Number>(value)) return static_cast<Number>(value);
  }
  throw BadInput{"not a line of a campaign: " +
                 (json.is_number() ? json.dump() : std::string(json.type_name()))};
}

}  // namespace cpuhp
