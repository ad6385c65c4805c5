// Copies what a std::any holds.
#pragma once

#include <any>

namespace cpuhp {

/// As `to = from`, where both hold a T or nothing. A T in `to` keeps its memory.
template <typename T>
void assign(std::any& to, const std::any& from) {
  T* const kept = std::any_cast<T>(&to);
  if (const T* const value = std::any_cast<T>(&from); kept != nullptr && value != nullptr)
    *kept = *value;
  else
    to = from;
}

}  // namespace cpuhp
