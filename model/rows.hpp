// Tables that have one row for each value of an enumeration. A row has its `value` and its `name`.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace cpuhp {

/// A row with only the name of a value and its meaning.
template <typename Enum>
struct Named {
  Enum value;
  std::string_view name;
  std::string_view doc;
};

/// True when each row stands at the index of its value. Tables assert it, because a value is the
/// index of its row.
template <typename Row, std::size_t n>
constexpr bool in_order(const std::array<Row, n>& rows) {
  for (std::size_t i = 0; i < n; ++i)
    if (static_cast<std::size_t>(rows[i].value) != i) return false;
  return true;
}

/// Returns the names of all rows, in their order.
template <typename Row, std::size_t n>
constexpr std::array<std::string_view, n> names_of(const std::array<Row, n>& rows) {
  std::array<std::string_view, n> names{};
  for (std::size_t i = 0; i < n; ++i) names[i] = rows[i].name;
  return names;
}

/// Returns the row of a value.
template <typename Row, std::size_t n, typename Enum>
constexpr const Row& row_of(const std::array<Row, n>& rows, Enum value) {
  return rows[static_cast<std::size_t>(value)];
}

/// Returns the row of that name; nullptr: there is none.
template <typename Row, std::size_t n>
constexpr const Row* row_named(const std::array<Row, n>& rows, std::string_view name) {
  for (const Row& row : rows)
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace cpuhp
