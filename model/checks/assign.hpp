// Copies what a std::any holds.
#pragma once

#include <any>

namespace cpuhp {

/// Copies `from` to `to`; each holds a T or nothing. A T in `to` is assigned to, not made anew, so
/// that it keeps the memory of its containers.
template <typename T>
void assign(std::any& to, const std::any& from) {
  T* const kept = std::any_cast<T>(&to);
  if (const T* const value = std::any_cast<T>(&from); kept != nullptr && value != nullptr)
    *kept = *value;
  else
    to = from;
}

}  // namespace cpuhp
