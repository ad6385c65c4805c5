// States that modules bring and take away in the middle of a recording: lines #STATE+ and #STATE-.
// The kernel gives their numbers to other modules later, so a number alone tells nothing of them.
#pragma once

#include <set>

#include "sim/trace/recording.hpp"

namespace cpuhp {

/// Returns the numbers of states that came with modules before or in this operation. Where a module
/// was loaded or unloaded, a number that is neither in `listed` nor among these belongs to a state
/// whose registration failed, and is returned, too.
std::set<std::int16_t> module_steps(const RecordedOperation& op,
                                    const std::vector<NamedState>& listed);

/// Gives callbacks their names back that the kernel printed as addresses ("0xffffffffc04fa110"), as it
/// does when the module has left by the time the trace is read. A name that no other trace shows
/// becomes unknown_startup_N or unknown_teardown_N, with the number of the state.
void name_gone_callbacks(Recording& recording);

/// Returns the trace without the callbacks of these states. The brackets of a hotplug thread's work
/// (cpuhp_kick_ap_work) stay, whose step is where the CPU stood.
Ftrace without_steps(const Ftrace& trace, const std::set<std::int16_t>& steps);

}  // namespace cpuhp
