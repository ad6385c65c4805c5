// A run as the library shows it. Internal to the library.
#pragma once

#include <vector>

#include "cpuhp/run.hpp"
#include "model/checks/finding.hpp"
#include "model/config.hpp"
#include "sim/run/run.hpp"

namespace cpuhp::api {

std::vector<Finding> seen(const std::vector<::cpuhp::Finding>& findings);
Finding seen(const ::cpuhp::Finding& finding);
Run seen(const RunResult& result, const MachineConfig& config,
         const std::vector<::cpuhp::Finding>& findings);
/// Appends what the caller's invariants find in the run.
void check(Run& run, const std::vector<Invariant>& invariants);

}  // namespace cpuhp::api
