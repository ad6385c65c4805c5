// Simulated time in integer nanoseconds. All interfaces and files use it.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace cpuhp {

/// A point in simulated time, or a duration, in nanoseconds. Range: +-292 years; a run starts at 0.
struct Ns {
  std::int64_t v = 0;

  constexpr auto operator<=>(const Ns&) const = default;
  constexpr Ns& operator+=(Ns o) {
    v += o.v;
    return *this;
  }
  constexpr Ns& operator-=(Ns o) {
    v -= o.v;
    return *this;
  }
  friend constexpr Ns operator+(Ns a, Ns b) { return {a.v + b.v}; }
  friend constexpr Ns operator-(Ns a, Ns b) { return {a.v - b.v}; }
  friend constexpr Ns operator*(Ns a, std::int64_t n) { return {a.v * n}; }
};

/// "No deadline": later than any time in a run.
inline constexpr Ns kNever{std::numeric_limits<std::int64_t>::max()};

constexpr Ns operator""_ns(unsigned long long v) { return {static_cast<std::int64_t>(v)}; }
constexpr Ns operator""_us(unsigned long long v) { return {static_cast<std::int64_t>(v) * 1'000}; }
constexpr Ns operator""_ms(unsigned long long v) {
  return {static_cast<std::int64_t>(v) * 1'000'000};
}
constexpr Ns operator""_s(unsigned long long v) {
  return {static_cast<std::int64_t>(v) * 1'000'000'000};
}

}  // namespace cpuhp
