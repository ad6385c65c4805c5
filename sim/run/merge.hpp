// The events of all CPUs as one stream.
//
//   EventStream stream = merged(scheduler.logs());
#pragma once

#include <vector>

#include "model/event_log.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// By date; events of one date by CPU, those of one CPU as they stand in its log. The names are the
/// caller's to add.
EventStream merged(const std::vector<CpuLog>& logs);

}  // namespace cpuhp
