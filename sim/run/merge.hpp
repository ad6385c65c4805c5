// Merges the events of all CPUs into one stream.
#pragma once

#include <vector>

#include "model/event_log.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// Returns the events of all logs, ordered by time, then by CPU. Events of one CPU keep their
/// order. `names` stays empty, because the logs do not have the events' names.
EventStream merged(const std::vector<CpuLog>& logs);
/// The same. Empties the logs, and frees their memory as it goes.
EventStream merged_and_freed(std::vector<CpuLog>& logs);

}  // namespace cpuhp
