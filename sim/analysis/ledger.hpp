// How each CPU spent its time: useful, spinning, sleeping, idle or stopped. For each CPU these
// parts add up to its total.
#pragma once

#include <vector>

#include "model/events.hpp"
#include "model/runtime.hpp"
#include "sim/analysis/span.hpp"

namespace cpuhp {

struct MachineLedger {
  Ns total{};
  std::vector<Ledger> cpus;
  /// A trace does not show how a CPU waits. In its ledger `useful` is the time in callbacks,
  /// `sleeping` the time in which the control CPU waited for an AP, and `idle` all other time.
  bool from_trace = false;
};

/// Returns the ledger of a part of a trace, as far as the trace shows it.
MachineLedger trace_ledger(const EventStream& stream, const Span& span);

}  // namespace cpuhp
