// The functions of the core that the model has, as the function tracer names them.
//
// A recording shows the functions that its kernel could trace, the model those that it has.
// Functions in both sets are compared, callbacks included.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "model/state_table.hpp"
#include "sim/trace/ftrace_reader.hpp"

namespace cpuhp {

/// Returns one name for functions that were renamed over time: that of 6.1.
std::string_view canonical_function(std::string_view name);

/// True when the model has `function`: a function of the core, or a callback of the table.
bool modelled(std::string_view function, const StateTable& table);

/// True for a function that the protocol does not order against other tasks: only its place in its
/// own task is compared. The AP's first sign of life races with the control CPU's next step, and
/// the last call of a dying CPU races with the interrupt that this CPU sent.
bool concurrent(std::string_view function);

/// Adds the functions in `trace` to `traced`. A function that no trace shows was not traceable.
void collect_traced(const Ftrace& trace, std::set<std::string, std::less<>>& traced);

}  // namespace cpuhp
