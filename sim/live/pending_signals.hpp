// Finds out whether a process of the host that waits for the answer to its write is about to die,
// by its pending signals.
#pragma once

#include <sys/types.h>

#include <string_view>

namespace cpuhp {

/// True when the task no longer exists, or has a pending signal that kills by default and that the
/// task neither blocks, ignores nor handles.
bool about_to_die(pid_t task);

/// True when the content of a /proc/PID/status shows such a signal.
bool kills(std::string_view status);

}  // namespace cpuhp
