// Gives the range of times that a design may take which the traced kernel did not run. Traces may be
// read in more than one way (Untold in sim/scenario/costs_file.hpp). Each reading is a machine that
// does under the traced design what the traces show. Under another design, the readings' times are
// the ends of a range.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/analysis/comparison.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

/// Returns the machines of the other readings; none when the costs are not from traces, or the
/// traces are of the scenario's design.
std::vector<MachineConfig> other_readings(const Scenario& scenario);

/// Makes ranges of the figures of the scenario's own run, or takes them back where the traces say
/// too little. `run` runs the machine of another reading with the same seed.
void widen(RunFigures& figures, const Scenario& scenario,
           const std::function<RunResult(const MachineConfig&)>& run);

/// Returns what one has to record so that the ranges become narrower.
std::string what_to_record(const Scenario& scenario);

}  // namespace cpuhp
