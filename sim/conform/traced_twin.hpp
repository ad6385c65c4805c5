// The twin of a machine whose boot was traced: a scenario that boots as the traces show.
#pragma once

#include <string>

#include "sim/run/run.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/trace/import.hpp"

namespace cpuhp {

/// Returns the scenario, which names its table and its costs by these paths. `machine`: as of
/// recording_of(). Throws BadInput, whose text begins with `why`, when no trace shows a boot.
std::string twin_of_traces(Import& made, const std::string& machine, const std::string& table_path,
                           const std::string& costs_path, const std::string& why = {});

/// How well a twin repeats what was traced.
struct TwinFit {
  Ns recorded{}, replayed{};  ///< from the first event of the boot's bring-ups to the last
  CpuId worst = kNoCpu;       ///< the CPU whose bring-up differs most
  Ns worst_recorded{}, worst_replayed{};
};

/// `run`: a run of the twin, with its events.
TwinFit fit_of(const Import& made, const RunResult& run);

/// Returns the scenario with its table and costs included, so that it needs no other file. `why`: as
/// above.
OrderedJson twin_of_traces(Import& made, const std::string& machine, const std::string& why = {});

}  // namespace cpuhp
