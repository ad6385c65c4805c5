// Words and numbers in text, for the readers of traces, recordings and logs.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace cpuhp {

inline bool has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

/// Removes the number at the beginning of `text`, and returns it; no value when there is none.
template <typename Number>
std::optional<Number> take_number(std::string_view& text, int base = 10) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// Returns the number that `text` consists of; no value for any other text.
template <typename Number>
std::optional<Number> to_number(std::string_view text) {
  const auto value = take_number<Number>(text);
  return text.empty() ? value : std::nullopt;
}

/// Returns the number after `key`, such as " cpu="; no value when there is none.
template <typename Number = int>
std::optional<Number> number_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + key.size());
  return take_number<Number>(text);
}

}  // namespace cpuhp
