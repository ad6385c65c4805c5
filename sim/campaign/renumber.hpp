// Scenarios with fewer CPUs: the ones that they speak of, and their new numbers. Internal to the
// reduction.
#pragma once

#include <set>
#include <vector>

#include "model/cpumask.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

/// CPUs that operations and faults name, and the boot CPU.
std::set<CpuId> named_cpus(const OrderedJson& scenario);

/// The scenario on that machine; `cpus[i]` becomes CPU i. Every CPU that it names is among them.
OrderedJson on_machine(const OrderedJson& scenario, OrderedJson machine,
                       const std::vector<CpuId>& cpus);

}  // namespace cpuhp
