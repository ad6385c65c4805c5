// The actions of a driver's C++ code in a callback: it works, sleeps, locks, fails, takes and gives.
//
// The code may read what its calls on other CPUs have written. So before it runs, and after each
// thing that takes time, all CPUs are simulated up to its time.
#pragma once

#include <string_view>
#include <vector>

#include "model/cpu_record.hpp"

namespace cpuhp {

struct Machine;

/// One call of a callback.
struct DriverCall {
  Machine& m;
  CpuId cpu;
  StateId state;
  bool bringup;
  InstanceId instance;            ///< kNoInstance: the state has no instances
  std::vector<NameId> skipped{};  ///< locks that it asked for where it must not sleep
};

/// Calls the code of a declared state. Returns 0 for a state without code.
int call_driver(Machine& m, CpuId cpu, StateId state, bool bringup, InstanceId instance);

/// True when the kernel lets the callback sleep: it is no STARTING or DYING one.
bool driver_may_sleep(const DriverCall& call);
void driver_works(DriverCall& call, Ns length);
/// Where it must not sleep, it spins instead, with an event AtomicSleep.
void driver_sleeps(DriverCall& call, Ns length);
/// Takes a mutex of the drivers. Where the callback must not sleep, it goes on without, with an
/// event AtomicSleep.
void driver_locks(DriverCall& call, std::string_view name);
/// Returns false when nobody holds the mutex.
bool driver_unlocks(DriverCall& call, std::string_view name);
/// Asks the scenario's faults whether something that may fail does so here. Returns 0 or -errno.
int driver_fails(DriverCall& call);
/// Notes that the CPU has the resource. The checks of a declared state's resources judge it.
void driver_takes(DriverCall& call, std::string_view resource);
void driver_gives(DriverCall& call, std::string_view resource);

}  // namespace cpuhp
