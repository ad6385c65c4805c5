// The time of every CPU by its use: useful, spinning, sleeping, idle, stopped; adds up to the total
// for each CPU.
#pragma once

#include <vector>

#include "model/events.hpp"
#include "model/runtime.hpp"
#include "sim/analysis/span.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

struct MachineLedger {
  Ns total{};
  std::vector<Ledger> cpus;
  /// A trace does not tell how a CPU waits. `useful` is then the time in callbacks, `sleeping` the
  /// time that the control CPU waited for an AP, and `idle` everything else.
  bool from_trace = false;
};

/// Returns the ledger of a part of a trace, as far as the trace shows it.
MachineLedger trace_ledger(const EventStream& stream, const Span& span);

}  // namespace cpuhp
