// Figures that a trace or a kernel log of a machine gives: the rows of one's own machine.
#pragma once

#include <vector>

#include "sim/analysis/bringup_calls.hpp"
#include "sim/scenario/published_file.hpp"

namespace cpuhp {

/// A row's figures: the total of the row's CPUs, and the largest value of a single CPU.
struct Measured {
  Ns total{};
  Ns max{};
  CpuId cpus = 0;  ///< number of CPUs with a value
  std::vector<Ns> values;

  void add(Ns value);
};

/// Measures the row in a stream by callbacks alone, so that a kernel's trace and a simulated run are
/// measured in the same way. Returns 0 when the stream does not show the row.
Measured measure_callbacks(const PublishedRow& row, const EventStream& stream);

/// Returns the row's figures of the calls of each CPU.
Measured measure_calls(const PublishedRow& row, const std::vector<BringupCalls>& calls);

/// Measures each row that names a trace or a log. Throws BadInput when the file does not show the
/// row.
void measure_traces(Published& published);

}  // namespace cpuhp
