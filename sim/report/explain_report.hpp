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

namespace cpuhp {

struct Explanation {
  std::string subject;  ///< scenario and design, or the trace's file
  bool from_trace = false;
  CpuId boot_cpu = 0;
  std::vector<Span> operations;  ///< all of the run or trace
  /// index of the operation that is explained; operations.size(): all of them
  std::size_t chosen = 0;
  CriticalChain chain;
  Blame blame;
  MachineLedger ledger;            ///< ledger of the explained part
  std::optional<WhatIf> what_if;   ///< none for a trace
  std::vector<std::string> notes;  ///< remarks for the reader
};

/// Explains a trace without a scenario: one of its operations, or all.
Explanation explanation_of(const TraceSubject& trace, std::optional<std::size_t> operation = {});

/// One cause in a sentence, and the time it takes.
struct Cause {
  std::string text;
  Ns time{};
};

/// Returns the causes of the operation's time, the most important first.
std::vector<Cause> causes(const Explanation& explanation);

struct ExplainShown {
  std::size_t top = 10;  ///< rows of each table
  bool all = false;
};

std::string explain_text(const Explanation& explanation, const Look& look,
                         const ExplainShown& shown);
/// Prints one JSON document (docs/reference/explain.md).
std::string explain_json(const Explanation& explanation);

}  // namespace cpuhp
