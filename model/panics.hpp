// What a simulated kernel dies of by itself.
#pragma once

#include <string_view>

namespace cpuhp {

/// A user task has to run, and no CPU is active. kernel: select_fallback_rq() (kernel/sched/core.c)
/// ends in BUG() where no CPU may take the task. Since 4.18 is_cpu_allowed() asks for an active CPU
/// for it, and of kernel threads only for one that is online. Nothing refuses to take the last
/// active CPU down. Before 4.18 a task woke where it was.
inline constexpr std::string_view kNoActiveCpu = "BUG: select_fallback_rq(): no CPU is active";

}  // namespace cpuhp
