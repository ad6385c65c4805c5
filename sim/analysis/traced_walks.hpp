// Which callbacks of a kernel's trace belong to a CPU on its way, and which ran because a state was
// set up or removed. A trace has no other events that would say so.
//
//   const std::vector<bool> registered = registrations_of_trace(stream);
//   registered[17];      // event 17 is a registration's
#pragma once

#include <string_view>
#include <vector>

#include "model/events.hpp"
#include "sim/analysis/span.hpp"

namespace cpuhp {

/// Callbacks alone: a trace of the kernel's cpuhp events.
bool is_callbacks_only(const EventStream& stream);

/// A callback in which the task that drives waits for the CPU: others run within it.
bool is_walk_bracket(std::string_view callback);
/// The CPU is kicked in it, or stops.
bool is_bringup_bracket(std::string_view callback);
bool is_takedown_bracket(std::string_view callback);

/// For each event. A registration's callback leaves its CPU beyond the state that it belongs to; a
/// walk's does not.
std::vector<bool> registrations_of_trace(const EventStream& stream);

/// The operations of a trace: each time that CPUs are on their way, one or several at once, with no
/// registrations before, between and after.
std::vector<Span> operations_of_trace(const EventStream& stream);
/// All of these as one, with pauses between them. All of the trace where no walk shows.
Span walks_of_trace(const EventStream& stream);

}  // namespace cpuhp
