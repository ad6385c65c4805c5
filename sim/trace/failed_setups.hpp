// Finds the calls of registrations that failed. When a startup callback returns an error while a
// state is being set up, the kernel calls the teardown for the CPUs before, and takes the state away
// again. So the trace has callbacks of a state that hotplug/states does not list.
#pragma once

#include <vector>

#include "sim/trace/ftrace_reader.hpp"

namespace cpuhp {

/// True for a call, given by its Enter and Exit, that a registration makes: the CPU is above the
/// state.
bool is_setup_call(const Ftrace& trace, std::size_t enter, std::size_t exit);

/// Returns for each event whether it is the Enter of a call by a registration that failed. `pairs`:
/// from match_pairs().
std::vector<bool> failed_setup_calls(const Ftrace& trace, const std::vector<std::size_t>& pairs);

}  // namespace cpuhp
