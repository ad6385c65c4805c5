// The kernel threads of each CPU: parked, unparked, woken, made (I17, I18, I35, I37).
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// - I17: before the machine stops to take a CPU down, its threads are parked; its hotplug thread
/// is
///   unparked by somebody who may sleep, and its other threads not before the scheduler knows it;
/// - I18: the stopper is there from before the idle loop until after the DYING walk;
/// - I35: threads are made once;
/// - I37: a hotplug thread that was woken runs.
std::vector<Finding> check_threads(const EventStream& stream, const Judged& judged);

}  // namespace cpuhp
