// The hotplug core's functions that the model reports, with their names in the function tracer.
//
// A recording has the functions that its kernel could trace. Functions that the model also reports
// are compared, callbacks included.
#pragma once

#include <string_view>

#include "model/state_table.hpp"

namespace cpuhp {

/// Returns the name that a renamed function had in 6.1; any other name unchanged.
std::string_view canonical_function(std::string_view name);

/// True when simulated traces contain calls of `function`, which is then a function of the hotplug
/// core or a callback of the table.
bool modelled(std::string_view function, const StateTable& table);

/// True for a function with no fixed order relative to other tasks, which is compared only within
/// its own task. For example, the AP's report that it is alive races with the control CPU's next
/// step. The last call of a dying CPU races with the interrupt that it has sent to another CPU.
bool concurrent(std::string_view function);

}  // namespace cpuhp
