#include "model/driver.hpp"

#include <algorithm>

namespace cpuhp {

Drivers& Drivers::operator=(const Drivers& other) {
  if (this == &other) return *this;
  drivers_.clear();
  for (const auto& driver : other.drivers_) drivers_.push_back(driver ? driver->copy() : nullptr);
  return *this;
}

bool Drivers::operator==(const Drivers& other) const {
  return std::ranges::equal(drivers_, other.drivers_, [](const auto& a, const auto& b) {
    return a == b || (a && b && a->equals(*b));
  });
}

bool Drivers::copyable() const {
  return std::ranges::all_of(drivers_, [](const auto& d) { return !d || d->copyable(); });
}

}  // namespace cpuhp
