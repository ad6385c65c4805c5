// Tells by the pending signals of a process of the host, which waits for its write to be answered,
// whether it is about to die.
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
