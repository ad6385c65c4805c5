// CPUs that never came up: when the kernel reports one to the operator, and whether it blames the
// right CPU.
#pragma once

#include <vector>

#include "model/cpumask.hpp"
#include "model/events.hpp"
#include "model/ns.hpp"

namespace cpuhp {

struct Diagnosis {
  CpuId cpu = kNoCpu;  ///< the CPU that is blamed
  Ns told{};           ///< time of the report
  /// The CPU whose failure is reported; kNoCpu: the report only says that `cpu` is not there.
  CpuId said_by = kNoCpu;
  bool right = false;  ///< `cpu` failed itself
};

/// Returns the reports in the order in which the operator hears of them.
std::vector<Diagnosis> diagnoses(const EventStream& stream);

}  // namespace cpuhp
