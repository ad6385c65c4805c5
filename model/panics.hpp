// Deaths of a simulated kernel that no fault injects.
#pragma once

#include <string_view>

namespace cpuhp {

/// A user task has to run, and no CPU is active: select_fallback_rq() (kernel/sched/core.c) ends in
/// BUG() when no CPU may take the task. Since 4.18 is_cpu_allowed() asks for an active CPU for a
/// user task, and only for an online CPU for a kernel thread. The kernel does not refuse to take
/// the last active CPU down. Before 4.18 a task woke where it was.
inline constexpr std::string_view kNoActiveCpu = "BUG: select_fallback_rq(): no CPU is active";

}  // namespace cpuhp
