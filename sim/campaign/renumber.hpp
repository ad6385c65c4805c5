// Renumbers the CPUs of a scenario for a machine with fewer CPUs. Internal to the reduction.
#pragma once

#include <set>
#include <vector>

#include "model/cpumask.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

/// Returns the CPUs to which operations and faults refer, and the boot CPU.
std::set<CpuId> named_cpus(OrderedJson scenario);

/// Returns the scenario for `machine`, where cpus[i] becomes CPU i. `cpus` must contain all
/// named_cpus().
OrderedJson on_machine(OrderedJson scenario, OrderedJson machine, const std::vector<CpuId>& cpus);

}  // namespace cpuhp
