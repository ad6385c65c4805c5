// Registrations: who is called, who not any more, and under which locks (I25, I26, I32, I33).
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// - I25: a callback runs under the hotplug lock of its walk, or under cpuhp_state_mutex for its
///   registration;
/// - I26: no callback waits for cpu_hotplug_lock;
/// - I31: a walk through a multi-instance state calls each of the instances that were added;
/// - I32: setting a state up calls its startup once on each CPU that is past it, and a setup that
///   failed leaves none of them started; a dynamic number is found while there is a free one;
/// - I33: a state that was removed is not called any more; one that is there is not overwritten.
std::vector<Finding> check_registration(const EventStream& stream, const Judged& judged);

}  // namespace cpuhp
