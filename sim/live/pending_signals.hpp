// What a process of the host that waits for a write is about to do about its signals.
//
//   if (about_to_die(caller)) ...   // let it go
#pragma once

#include <sys/types.h>

#include <string_view>

namespace cpuhp {

/// A signal waits for that task that it neither blocks, nor ignores, nor handles, and that kills by
/// default; also when there is no such task any more.
bool about_to_die(pid_t task);

/// The same of the content of its /proc/PID/status.
bool kills(std::string_view status);

}  // namespace cpuhp
