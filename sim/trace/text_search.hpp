// Text search for the readers of logs and loose traces.
#pragma once

#include <string_view>

namespace cpuhp {

inline bool has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

}  // namespace cpuhp
