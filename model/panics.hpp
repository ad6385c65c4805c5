// Panics of a simulated kernel without an injected fault.
#pragma once

#include <string_view>

namespace cpuhp {

/// Panic when a user task must run and no CPU is active: select_fallback_rq() (kernel/sched/core.c)
/// ends in BUG(). Since 4.18 is_cpu_allowed() demands an active CPU for a user task, and only an
/// online CPU for a kernel thread. The kernel does not refuse to take down the last active CPU.
/// Before 4.18 a real kernel lets the task wake on its old CPU instead. The simulator does so only
/// with Rules::ap_kicks_itself (before 4.13).
inline constexpr std::string_view kNoActiveCpu = "BUG: select_fallback_rq(): no CPU is active";

}  // namespace cpuhp
