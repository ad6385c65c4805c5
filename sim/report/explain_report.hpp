// What `cpuhp-sim explain` shows.
//
//   std::cout << explain_text(explanation, look, {.top = 10});
//
//   skylake-112-boot (symmetric): the boot takes 783.918 ms; 745.200 ms of them the control CPU
//   waits for APs
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
  std::size_t chosen = 0;        ///< the one that is explained; their number: all of them
  CriticalChain chain;
  Blame blame;
  MachineLedger ledger;            ///< of what is explained
  std::optional<WhatIf> what_if;   ///< none of a trace
  std::vector<std::string> notes;  ///< what a reader should know
};

/// What a trace shows by itself: of one of its operations, or of all.
Explanation explanation_of(const TraceSubject& trace, std::optional<std::size_t> operation = {});

/// One cause in a sentence, and what it takes.
struct Cause {
  std::string text;
  Ns time{};
};

/// What the operation's time went to, the most important first.
std::vector<Cause> causes(const Explanation& explanation);

struct ExplainShown {
  std::size_t top = 10;  ///< rows of each table
  bool all = false;
};

std::string explain_text(const Explanation& explanation, const Look& look,
                         const ExplainShown& shown);
/// One JSON document: docs/reference/explain.md.
std::string explain_json(const Explanation& explanation);

}  // namespace cpuhp
