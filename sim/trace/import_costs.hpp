// The durations that `import` finds in traces, and the cost profile that it makes of their
// quantiles. Internal to `import`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/state_table.hpp"
#include "sim/trace/import_evidence.hpp"

namespace cpuhp {

// Each of these takes the enter and the exit of one pair of events. It adds nothing when the
// trace's clock only counts events, or when the function tracer slowed everything down.

/// Adds the duration of a callback to `ns`, if it succeeded.
void add_callback_time(const Ftrace& trace, std::size_t enter, std::size_t exit, Samples& ns);

/// Adds the wake-ups before and after a hotplug thread's work: a pair of cpuhp_kick_ap_work.
void add_thread_times(const Ftrace& trace, std::size_t enter, std::size_t exit, Evidence& found);

/// Adds the phases of a successful bring-up: a pair of cpu:bringup. `log`: lines of the kernel's
/// log with the clock of the trace, which divide the AP's start-up.
void add_bringup_times(const Ftrace& trace, std::size_t enter, std::size_t exit,
                       const std::vector<KernelLine>& log, const StateList& states,
                       Evidence& found);

/// Returns minimum, quartiles and maximum of `samples` in ns; one number when all are equal.
nlohmann::ordered_json quantiles(Samples samples);

/// Returns a profile in the format of scenarios/costs. `table` has the names of the states.
nlohmann::ordered_json make_costs(const std::string& name, const StateTable& table,
                                  const Evidence& evidence);

}  // namespace cpuhp
