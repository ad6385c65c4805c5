// A machine at rest between two operations or two CPUs of a boot, and what its run has come to. A
// value: it has no reference to a configuration, a task or an engine, so any number of runs can go
// on from it (docs/internals.md "At rest").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/machine.hpp"
#include "sim/engine/resting.hpp"
#include "sim/run/digest.hpp"

namespace cpuhp {

/// When the first PREPARE callback of the first boot began, and when this boot ended. Callbacks of
/// earlier registrations don't count.
struct BootSpan {
  std::optional<Ns> first_step, done;
  bool registers = false;  ///< the operation under way is a registration
  /// Reads the next events of the boot CPU.
  void take(const CpuLog& log, const Names& names);
  bool operator==(const BootSpan&) const = default;
};

/// The facts that stay of a run's events once they are forgotten.
struct SoFar {
  BootSpan boot;
  std::vector<CpuDigest> digest;
  std::size_t fixed_names = 0;  ///< number of names before the run began
  std::uint64_t events = 0;     ///< number of events
  /// False when right after a rest a CPU with a lower number than that of the asking task had an
  /// event at the very date of the rest. In the stream of the whole run it comes earlier.
  bool in_order = true;
  bool operator==(const SoFar&) const = default;
};

struct RestingRun : SoFar {
  std::size_t next = 0;  ///< number of the operation that comes next, or of the boot under way
  MachineState machine;
  CoreState core;
  RestingEngine engine;
  std::vector<std::uint32_t> fault_counts;  ///< by fault: number of occasions so far
  bool operator==(const RestingRun&) const = default;
};

}  // namespace cpuhp
