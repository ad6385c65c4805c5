// Distinguishes the callbacks in a kernel's trace: those that bring a CPU up or down (its walk),
// and those that ran because a state was set up or removed. No event of the trace says which it is.
#pragma once

#include <string_view>
#include <vector>

#include "model/events.hpp"
#include "sim/analysis/span.hpp"

namespace cpuhp {

/// True for a trace of the kernel's cpuhp events, which has callbacks alone.
bool is_callbacks_only(const EventStream& stream);

/// True for a callback in which the task that drives waits while the CPU runs its callbacks.
bool is_walk_bracket(std::string_view callback);
/// True for a callback in which the CPU is kicked.
bool is_bringup_bracket(std::string_view callback);
/// True for the callback in which the CPU stops.
bool is_takedown_bracket(std::string_view callback);

/// Returns for each event whether it belongs to a registration. When a callback of a registration
/// ends, the CPU is beyond the callback's state; when a callback of a walk ends, it is not.
std::vector<bool> registrations_of_trace(const EventStream& stream);

/// Returns the operations of a trace: each stretch in which one or several CPUs go up or down,
/// without the registrations before, between and after.
std::vector<Span> operations_of_trace(const EventStream& stream);
/// Returns the operations of a trace as one span with pauses; if it has none, the whole trace.
Span walks_of_trace(const EventStream& stream);

}  // namespace cpuhp
