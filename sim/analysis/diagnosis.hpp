// What the kernel logs about CPUs that never came up: when, and whether it names the right CPU.
#pragma once

#include <vector>

#include "model/cpumask.hpp"
#include "model/events.hpp"
#include "model/ns.hpp"

namespace cpuhp {

struct Diagnosis {
  CpuId cpu = kNoCpu;  ///< the CPU that the log names
  Ns told{};           ///< time of the report
  /// The CPU that wrote the boot-status word, which gives the reason in the report. kNoCpu: no CPU
  /// wrote it, and the report only says that `cpu` did not come up.
  CpuId said_by = kNoCpu;
  bool right = false;  ///< `cpu` is the CPU that failed
};

/// Returns the reports in the order in which they are logged.
std::vector<Diagnosis> diagnoses(const EventStream& stream);
/// Adds those in the next part of a run.
void add_diagnoses(const EventStream& part, std::vector<Diagnosis>& all);

}  // namespace cpuhp
