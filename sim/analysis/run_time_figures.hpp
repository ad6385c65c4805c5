// Figures of what a machine does after its boot: operations, the CPUs of a series, deaths.
#pragma once

#include "sim/analysis/traced_figures.hpp"

namespace cpuhp {

/// True for `operations`, `interval` and `die`.
bool is_of_run_time(Quantity quantity);

/// Measures such a row in the stream of a simulated run. Measured::values has one value for each of
/// the row's operations or CPUs that the run shows, in the order of the row's `values_ns`.
Measured measure_run_time(const PublishedRow& row, const EventStream& stream);

}  // namespace cpuhp
