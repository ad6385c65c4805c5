// A trace as explain and diff take it: its longest piece on one clock, with what is known of its
// states.
//
//   const TraceSubject t = load_trace_subject("A-boot-smp4.txt.gz");
//   critical_chain(t.stream, whole_trace(t.stream), t.facts());
#pragma once

#include <string>
#include <vector>

#include "model/checks/judged.hpp"
#include "sim/analysis/span.hpp"
#include "sim/trace/loose_trace.hpp"

namespace cpuhp {

struct TraceSubject {
  std::string file;
  std::string kernel;  ///< as a recording says; may be empty
  EventStream stream;
  Judged judged;                    ///< its table, as far as it shows
  std::vector<std::string> states;  ///< names that it lists; empty: none
  std::vector<std::string> notes;   ///< what is left out, and why
  CpuId boot_cpu = 0;               ///< the CPU whose task drives most
  /// Refers to this subject.
  StreamFacts facts() const;
};

/// Throws BadInput when the file cannot be read, or holds no cpuhp event.
TraceSubject load_trace_subject(const std::string& path);
/// The same, of a trace that has been read from `file`.
TraceSubject trace_subject(LooseTrace trace, const std::string& file);

/// A scenario is JSON; anything else is taken for a trace. Throws BadInput when it cannot be read.
bool is_scenario_file(const std::string& path);

}  // namespace cpuhp
