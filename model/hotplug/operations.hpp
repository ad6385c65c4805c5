// The runner: carries out the operations of a scenario one after the other, and those that somebody
// outside asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "model/operation.hpp"

namespace cpuhp {

struct Machine;

/// The state of the runner in a run.
struct RunnerState {
  std::vector<OpResult> results;  ///< by the operation's number
  std::vector<CpuId> touched;     ///< CPUs whose records were changed by operations under way
  int running = 0;
  std::size_t returned = 0;  ///< number of the configured operations that are over
  /// The CPU on which the last operation ended. One that runs beside another (Operation::with) does
  /// not count.
  CpuId asked_from = 0;
  /// Number of CPUs that the boot under way has come to (next_in_boot()); 0: there is no boot.
  std::uint32_t boot_cpus = 0;
  Ns boot_work{};  ///< what is left of MachineConfig::boot_work in the boot under way
  bool operator==(const RunnerState&) const = default;
};

/// The parts of the runner that a run does not change.
struct Runner {
  /// By number of an operation: numbers of the operations whose Operation::with names it.
  std::multimap<std::size_t, std::size_t> companions = {};
  /// Called between two operations, after the last one, and between two CPUs of a boot. `next`: the
  /// number from which run_operations() goes on. Nothing of that operation has begun (but for a
  /// boot), and operations that run beside earlier ones may still be under way.
  std::function<void(Machine& m, std::size_t next)> between = {};
  /// Number of CPUs that the boot under way has come to in this run, which may go on from a state
  /// within the boot.
  std::uint32_t boot_cpus = 0;
};

/// Carries out the configured operations from that number on, one after the other. A task has to
/// call it: the first one at power-on, or one that goes on from a state taken in Runner::between.
void run_operations(Machine& m, std::size_t from);
/// Adds an operation from outside of the simulation. `delay` from now, a new task carries it out,
/// on a CPU that is chosen in the same way as for a scenario's operations. `place`: the number of
/// the new operation. `answer` gets the result.
void ask(Machine& m, const Operation& op, std::size_t place, Ns delay,
         std::function<void(const OpResult&)> answer);
/// To be called by a boot that brings up one CPU after the other, before each CPU. Returns false for
/// a CPU to which the boot had come before the state from which the run goes on.
bool next_in_boot(Machine& m);
/// Notes that a running operation changes the CPU's record.
void touch(Machine& m, CpuId cpu);

}  // namespace cpuhp
