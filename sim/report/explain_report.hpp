// The output of `cpuhp-sim explain`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/analysis/blame.hpp"
#include "sim/analysis/critical_chain.hpp"
#include "sim/analysis/ledger.hpp"
#include "sim/analysis/trace_subject.hpp"
#include "sim/analysis/what_if.hpp"
#include "sim/report/look.hpp"
#include "sim/report/text_table.hpp"

namespace cpuhp {

struct Explanation {
  std::string subject;  ///< scenario and design, or file of the trace
  bool from_trace = false;
  CpuId boot_cpu = 0;
  std::vector<Span> operations;  ///< all operations of the run or trace
  /// Index of the operation to explain; operations.size(): all of them together.
  std::size_t chosen = 0;
  CriticalChain chain;
  Blame blame;
  MachineLedger ledger;            ///< how CPUs spent their time in the explained part
  std::optional<WhatIf> what_if;   ///< no value for a trace
  std::vector<std::string> notes;  ///< remarks for the reader
};

/// Explains one operation of a trace, or all of them. A trace has no scenario.
Explanation explanation_of(const TraceSubject& trace, std::optional<std::size_t> operation = {});

/// One cause as a sentence, and how much time it took.
struct Cause {
  std::string text;
  Ns time{};
};

/// Returns why the operation took its time, most important cause first.
std::vector<Cause> causes(const Explanation& explanation);

std::string explain_text(const Explanation& explanation, const Look& look, const ShownRows& shown);
/// Returns one JSON document (docs/reference/explain.md).
std::string explain_json(const Explanation& explanation);

}  // namespace cpuhp
