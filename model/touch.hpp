// A visible point touches things of the machine through which one CPU can see what another one did. Whoever explores orders of events (sim/explore/) goes by it: two points that touch the
// same thing, one of them with a write, may not change places.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "model/cpumask.hpp"
#include "model/events.hpp"
#include "model/rows.hpp"

namespace cpuhp {

/// The kinds of things that CPUs see of each other.
enum class Object : std::uint8_t {
  None,
  Everything,  ///< all of the below
  Completion,
  Lock,
  Online,      ///< the online mask
  Counts,      ///< numbers of online CPUs, which costs and the TSC ask for
  Active,      ///< the active mask, and where the cpusets follow it
  CpuRecord,   ///< what a CPU's record has outside of any lock
  RunQueue,    ///< which tasks are on a CPU, and in which order
  Task,        ///< a task's own steps, on whichever CPU
  Stop,        ///< stop_machine(), with all CPUs that it stops
  FaultCount,  ///< occasions of faults that are counted over all CPUs
  Rcu,
  Operations,  ///< what the runner counts
  Readers,
  Async,    ///< the transaction of the async design
  Domains,  ///< scheduling domains that wait for their rebuild
  Files,    ///< which files there are
  Driver,   ///< what the C++ code of a driver remembers; the name is that of its state
};
inline constexpr std::size_t kObjects = static_cast<std::size_t>(Object::Driver) + 1;

inline constexpr std::array<Named<Object>, kObjects> kObjectNames{{
    {Object::None, "nothing", "A point at which nothing is touched."},
    {Object::Everything, "everything", "All of the others: a panic, a deadline that passes."},
    {Object::Completion, "completion", "A completion, or a flag that is polled."},
    {Object::Lock, "lock", "A lock: asking, getting, letting go."},
    {Object::Online, "online", "The online mask."},
    {Object::Counts, "counts", "How many CPUs, cores, sockets and nodes are online."},
    {Object::Active, "active", "The active mask and the cpusets."},
    {Object::CpuRecord, "record", "A CPU's record, where no lock protects it."},
    {Object::RunQueue, "runqueue", "A CPU's run queue: wake, start, leave, move."},
    {Object::Task, "task", "The steps of one task, which follow one another."},
    {Object::Stop, "stop", "stop_machine()."},
    {Object::FaultCount, "faults", "Occasions of faults that are counted over all CPUs."},
    {Object::Rcu, "rcu", "Grace periods and their readers."},
    {Object::Operations, "operations", "How many operations are under way."},
    {Object::Readers, "readers", "The readers of a scenario."},
    {Object::Async, "async", "The transaction of the async design."},
    {Object::Domains, "domains", "Scheduling domains that wait for their rebuild."},
    {Object::Files, "files", "Which files there are in sysfs."},
    {Object::Driver, "driver", "What the C++ code of a driver remembers."},
}};
static_assert(in_order(kObjectNames));

constexpr std::string_view to_string(Object object) { return row_of(kObjectNames, object).name; }

/// One thing, and whether it is changed.
struct Touch {
  Object object = Object::None;
  bool writes = false;
  CpuId cpu = kNoCpu;  ///< whose; kNoCpu: it has no CPU, or all CPUs' are meant
  NameId name = 0;     ///< the name of a completion or a lock; of a Task: a part of its number
  bool operator==(const Touch&) const = default;
};

constexpr Touch reads(Object object, CpuId cpu = kNoCpu) { return {object, false, cpu, 0}; }
constexpr Touch writes(Object object, CpuId cpu = kNoCpu) { return {object, true, cpu, 0}; }

}  // namespace cpuhp
