// CPUs that never came up: when the operator is told, and whether the right CPU is blamed.
//
//   for (const Diagnosis& d : diagnoses(result.stream)) ...   // {.cpu = 4, .told = 10.7 s, .right
//   = true}
#pragma once

#include <vector>

#include "model/cpumask.hpp"
#include "model/events.hpp"
#include "model/ns.hpp"

namespace cpuhp {

struct Diagnosis {
  CpuId cpu = kNoCpu;  ///< the CPU that is blamed
  Ns told{};           ///< when
  /// Whose failure the report is about; kNoCpu: it says no more than that the CPU is not there.
  CpuId said_by = kNoCpu;
  bool right = false;  ///< it is that CPU's own failure
};

/// In the order in which the operator hears of them.
std::vector<Diagnosis> diagnoses(const EventStream& stream);

}  // namespace cpuhp
