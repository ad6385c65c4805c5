// How well figures fix a parameter.
#pragma once

#include <cstdint>

namespace cpuhp {

enum class Fixed : std::uint8_t {
  Alone,     ///< to less than half of its bounds
  Together,  ///< only a combination with other parameters
  Weakly,    ///< by less than the tolerances of the figures
  Not,       ///< no figure depends on it
};

}  // namespace cpuhp
