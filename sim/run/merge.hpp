// The events of all CPUs as one stream.
#pragma once

#include <vector>

#include "model/event_log.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// Returns the events of all logs by date, then by CPU; the events of one CPU stay in the order of
/// its log. The caller adds the names.
EventStream merged(const std::vector<CpuLog>& logs);

}  // namespace cpuhp
