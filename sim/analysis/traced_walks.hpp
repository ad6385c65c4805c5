// Separates the callbacks in a kernel's trace: walks bring a CPU up or down, and registrations set
// up or remove a state. No event of a trace shows which of them called a callback.
#pragma once

#include <string_view>
#include <vector>

#include "model/events.hpp"
#include "sim/analysis/span.hpp"

namespace cpuhp {

/// True for a trace of the kernel's cpuhp events, which has only callbacks.
bool is_callbacks_only(const EventStream& stream);

/// True for a callback in which the driving task waits for the CPU's own callbacks.
bool is_walk_bracket(std::string_view callback);
/// True for a callback that kicks the CPU.
bool is_bringup_bracket(std::string_view callback);
/// True for the callback that stops the CPU.
bool is_takedown_bracket(std::string_view callback);

/// Returns for each event whether it belongs to a registration. The exit of a callback shows this:
/// in a registration the CPU's state is above the callback's, in a bring-up or takedown it is not.
std::vector<bool> registrations_of_trace(const EventStream& stream);

/// Returns the ways of single CPUs up ("up") or down ("down"), ordered by their first events.
std::vector<Span> cpu_walks_of_trace(const EventStream& stream);
/// Returns the operations of a trace: each period in which one or several CPUs go up or down,
/// without registrations before, between and after them.
std::vector<Span> operations_of_trace(const EventStream& stream);
/// Returns the operations of a trace as one span with pauses. Without operations, returns the whole
/// trace.
Span walks_of_trace(const EventStream& stream);

}  // namespace cpuhp
