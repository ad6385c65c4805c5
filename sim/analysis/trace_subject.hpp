// A trace as the commands explain and diff use it: its longest piece on one clock, and the known
// facts about its states.
#pragma once

#include <string>
#include <vector>

#include "model/checks/judged.hpp"
#include "sim/analysis/span.hpp"
#include "sim/trace/loose_trace.hpp"

namespace cpuhp {

struct TraceSubject {
  std::string file;
  std::string kernel;  ///< as its recording says; may be empty
  EventStream stream;
  Judged judged;                    ///< state table, as far as the trace shows it
  std::vector<std::string> states;  ///< names listed in the trace; empty: none
  std::vector<std::string> notes;   ///< omissions and their reasons
  CpuId boot_cpu = 0;               ///< the CPU whose task drives most
  /// Returns facts that refer to this subject.
  StreamFacts facts() const;
};

/// Throws BadInput when the file cannot be read, or holds no cpuhp event.
TraceSubject load_trace_subject(const std::string& path);
/// Makes the subject of a trace that has been read from `file`.
TraceSubject trace_subject(LooseTrace trace, const std::string& file);

/// True for a file in JSON, a scenario; anything else is taken for a trace. Throws BadInput when
/// the file cannot be read.
bool is_scenario_file(const std::string& path);

}  // namespace cpuhp
