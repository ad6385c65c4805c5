// Finds out, by its pending signals, whether a process of the host that waits for the answer to its
// write is about to die.
#pragma once

#include <sys/types.h>

#include <string_view>

namespace cpuhp {

/// True when the task no longer exists, or is about to be killed by a pending signal, which it
/// neither blocks, ignores nor handles.
bool about_to_die(pid_t task);

/// True when the contents of /proc/PID/status show a pending signal that will kill the process.
bool kills(std::string_view status);

}  // namespace cpuhp
