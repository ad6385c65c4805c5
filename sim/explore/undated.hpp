// A machine at rest without its dates: what two orders of the same operations have in common.
#pragma once

#include "sim/run/resting_run.hpp"

namespace cpuhp {

/// Returns the machine without dates, ledgers, numbers of events, and names of events. Two that are
/// equal do the same from there on, but for the time that it takes.
RestingRun undated(RestingRun rest);

}  // namespace cpuhp
