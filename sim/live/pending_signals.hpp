// Pending signals of a process of the host that waits for a write: tells whether it is about to
// die.
#pragma once

#include <sys/types.h>

#include <string_view>

namespace cpuhp {

/// True when a signal is pending for that task that it neither blocks, ignores nor handles, and
/// that kills by default; also when the task no longer exists.
bool about_to_die(pid_t task);

/// The same for the content of the task's /proc/PID/status.
bool kills(std::string_view status);

}  // namespace cpuhp
