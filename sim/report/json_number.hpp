// Reads an integer from JSON in a campaign's file.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "sim/error.hpp"

namespace cpuhp {

/// Returns the number. Throws BadInput for a value that is no integer or does not fit the type;
/// nlohmann's conversion would return a wrong number without an error.
template <typename Number>
Number whole_number(const nlohmann::ordered_json& json) {
  if (json.is_number_unsigned()) {
    const auto value = json.get<std::uint64_t>();
    if (std::in_range<Number>(value)) return static_cast<Number>(value);
  } else if (json.is_number_integer()) {
    const auto value = json.get<std::int64_t>();
    if (std::in_range<Number>(value)) return static_cast<Number>(value);
  }
  throw BadInput{"expected a line that `cpuhp-sim faults` wrote, found: " +
                 (json.is_number() ? json.dump() : std::string(json.type_name()))};
}

}  // namespace cpuhp
