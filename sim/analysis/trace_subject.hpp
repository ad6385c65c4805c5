// A trace for the commands explain and diff: its longest part with one clock, and what is known
// about its states.
#pragma once

#include <string>
#include <vector>

#include "model/checks/judged.hpp"
#include "sim/analysis/span.hpp"
#include "sim/trace/loose_trace.hpp"

namespace cpuhp {

struct TraceSubject {
  std::string file;
  std::string kernel;  ///< as in its recording; may be empty
  EventStream stream;
  Judged judged;                    ///< with the state table, as far as the trace shows it
  std::vector<std::string> states;  ///< names that the trace lists; empty: none
  std::vector<std::string> notes;   ///< what was left out, and why
  CpuId boot_cpu = 0;               ///< the CPU whose task drives the most operations
  /// Returns what is known about the stream. The result is valid only as long as this object lives.
  StreamFacts facts() const;
};

/// Throws BadInput when the file cannot be read or has no cpuhp event.
TraceSubject load_trace_subject(const std::string& path);
/// Makes a TraceSubject of a trace that was read from `file`.
TraceSubject trace_subject(LooseTrace trace, const std::string& file);

/// True for a JSON file, which must be a scenario; any other file is a trace. Throws BadInput when
/// the file cannot be read.
bool is_scenario_file(const std::string& path);

}  // namespace cpuhp
