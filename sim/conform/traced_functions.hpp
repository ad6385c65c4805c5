// The functions of the core that the model has, as the function tracer names them.
//
// A recording shows those that its kernel could trace; the model those that it has. Compared are
// the functions of both, callbacks included.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "model/state_table.hpp"
#include "sim/trace/ftrace_reader.hpp"

namespace cpuhp {

/// One name for functions that were renamed on the way: that of 6.1.
std::string_view canonical_function(std::string_view name);

/// Whether the model has it: a function of the core, or a callback of that table.
bool modelled(std::string_view function, const StateTable& table);

/// Nothing in the protocol says when it comes before or after what other tasks do meanwhile: only
/// its place in its own task is compared. The AP's first sign of life races with the control CPU's
/// next step, the dying CPU's last word with the interrupt that it sent.
bool concurrent(std::string_view function);

/// Functions that the kernel traced at least once in the recording: the others were not traceable.
void collect_traced(const Ftrace& trace, std::set<std::string, std::less<>>& traced);

}  // namespace cpuhp
