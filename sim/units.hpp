// Prints durations for people: rounded, with one unit for a whole column, without floating point.
//
//   in_unit(1'234'567_ns, unit_for(1'234'567_ns));   // "1234.6" in us
//   readable(1'234'567_ns);                          // "1.235 ms"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/ns.hpp"

namespace cpuhp {

struct Unit {
  std::string_view name;  ///< ns, us, ms, s
  std::int64_t ns = 1;
  int decimals = 0;
};

/// Returns the unit in which `largest` has one to five digits before the point.
Unit unit_for(Ns largest);
/// Returns the number alone, rounded half away from zero.
std::string in_unit(Ns d, const Unit& unit);
/// Returns number and unit.
std::string readable(Ns d);

/// Returns `part` of `whole` in percent, with one decimal; "-" if `whole` is 0.
std::string percent(Ns part, Ns whole);

}  // namespace cpuhp
