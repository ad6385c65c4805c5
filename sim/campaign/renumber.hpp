// Scenarios with fewer CPUs: finds the CPUs that they name and renumbers them. Internal to the
// reduction.
#pragma once

#include <set>
#include <vector>

#include "model/cpumask.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

/// Returns the CPUs that operations and faults name, and the boot CPU.
std::set<CpuId> named_cpus(const OrderedJson& scenario);

/// Returns the scenario on `machine`; `cpus[i]` becomes CPU i. Needs every named CPU in `cpus`.
OrderedJson on_machine(const OrderedJson& scenario, OrderedJson machine,
                       const std::vector<CpuId>& cpus);

}  // namespace cpuhp
