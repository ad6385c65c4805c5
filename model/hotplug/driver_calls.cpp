#include "model/hotplug/driver_calls.hpp"

#include <algorithm>
#include <cerrno>

#include "model/machine.hpp"

namespace cpuhp {
namespace {

/// Lets all CPUs come to the time of the call.
void see_others(const DriverCall& call) {
  Machine& m = call.m;
  const DeclaredState& of = m.config.declared[declared_index(m.slot(call.state).key)];
  m.rt.arrive({Object::Driver, true, kNoCpu, m.core.name(of.name)});
}

void atomic_sleep(DriverCall& call, NameId what) {
  call.m.core.event(EventKind::AtomicSleep, call.cpu, {.name = what});
}

Mutex& lock_of(DriverCall& call, NameId name) {
  return call.m.core.driver_locks.try_emplace(name, name).first->second;
}

void use(DriverCall& call, EventKind kind, std::string_view resource) {
  call.m.core.event(kind, call.cpu,
                    {.step = call.state,
                     .name = call.m.core.name(resource),
                     .instance = call.instance == kNoInstance ? InstanceId{0} : call.instance});
}

}  // namespace

int call_driver(Machine& m, CpuId cpu, StateId state, bool bringup, InstanceId instance) {
  Driver* const driver = m.drivers.at(declared_index(m.slot(state).key));
  if (driver == nullptr) return 0;
  DriverCall call{m, cpu, state, bringup, instance};
  see_others(call);
  return driver->call(call);
}

bool driver_may_sleep(const DriverCall& call) { return call.m.core.may_sleep(); }

void driver_works(DriverCall& call, Ns length) {
  call.m.rt.work(length);
  see_others(call);
}

void driver_sleeps(DriverCall& call, Ns length) {
  Machine& m = call.m;
  if (driver_may_sleep(call)) {
    if (length > Ns{}) m.rt.sleep(length);
  } else {
    atomic_sleep(call, m.core.name("sleep"));
    m.rt.work(length);
  }
  see_others(call);
}

void driver_locks(DriverCall& call, std::string_view name) {
  const NameId id = call.m.core.name(name);
  if (!driver_may_sleep(call)) {
    atomic_sleep(call, id);
    call.skipped.push_back(id);
    return;
  }
  const Ns asked = call.m.rt.now();
  lock_of(call, id).lock(call.m.core, call.cpu);
  if (call.m.rt.now() != asked) see_others(call);
}

bool driver_unlocks(DriverCall& call, std::string_view name) {
  const NameId id = call.m.core.name(name);
  if (const auto it = std::ranges::find(call.skipped, id); it != call.skipped.end()) {
    call.skipped.erase(it);
    return true;
  }
  see_others(call);
  Mutex& lock = lock_of(call, id);
  if (!lock.held()) return false;
  lock.unlock(call.m.core, call.cpu);
  return true;
}

int driver_fails(DriverCall& call) {
  Core& core = call.m.core;
  if (core.plan.empty()) return 0;
  const FaultPlace place{.cpu = call.cpu,
                         .state = call.m.slot(call.state).key,
                         .bringup = call.bringup,
                         .instance = call.instance,
                         .rollback = call.m.cpus[call.cpu].rollback};
  int ret = 0;
  if (core.fault(FaultKind::NoMemory, place) != nullptr) ret = -ENOMEM;
  if (const Fault* f = core.fault(FaultKind::Error, place)) ret = f->error;
  return ret;
}

void driver_takes(DriverCall& call, std::string_view resource) {
  use(call, EventKind::Take, resource);
}

void driver_gives(DriverCall& call, std::string_view resource) {
  use(call, EventKind::Give, resource);
}

}  // namespace cpuhp
