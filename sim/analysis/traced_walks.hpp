// The callbacks of a kernel's trace, told apart: those of a CPU on its way, and those that ran
// because a state was set up or removed. A trace has no other events that would say so.
#pragma once

#include <string_view>
#include <vector>

#include "model/events.hpp"
#include "sim/analysis/span.hpp"

namespace cpuhp {

/// True for a trace of the kernel's cpuhp events, which has callbacks alone.
bool is_callbacks_only(const EventStream& stream);

/// True for a callback in which the task that drives waits for the CPU: others run within it.
bool is_walk_bracket(std::string_view callback);
/// True for a callback in which the CPU is kicked.
bool is_bringup_bracket(std::string_view callback);
/// True for the callback in which the CPU stops.
bool is_takedown_bracket(std::string_view callback);

/// Tells for each event whether it is a registration's. A registration's callback leaves its CPU
/// beyond the state that it belongs to; a walk's does not.
std::vector<bool> registrations_of_trace(const EventStream& stream);

/// Returns the operations of a trace: each time that CPUs are on their way, one or several at once,
/// without registrations before, between and after.
std::vector<Span> operations_of_trace(const EventStream& stream);
/// Returns all of these as one span with pauses between them; the whole trace if it shows no walk.
Span walks_of_trace(const EventStream& stream);

}  // namespace cpuhp
