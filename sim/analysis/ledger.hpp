// What every CPU did with its time: useful, spinning, sleeping, idle, stopped; adds up to the total
// for each CPU.
//
//   const MachineLedger l = machine_ledger(result);
//   l.cpus[0].spinning;       // the control CPU's
//   l.cpus[0].total() == l.total;
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
  /// A trace does not tell how a CPU waits: useful is what it spent in callbacks, sleeping what the
  /// control CPU waited for an AP, idle everything else.
  bool from_trace = false;
};

/// Of the whole run.
MachineLedger machine_ledger(const RunResult& result);
/// The ledger of a part of a trace, as far as the trace shows it.
MachineLedger trace_ledger(const EventStream& stream, const Span& span);

}  // namespace cpuhp
