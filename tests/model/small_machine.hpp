// A machine small enough to read its events: a table with every kind of state, four CPUs, and runs
// without SimGrid.
//
//   RunResult r = test::run(test::small_machine({}));
//   test::callbacks(r, 1);   // {"a_up", "b_up", ...}: those that ran for CPU 1, in order
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/config.hpp"
#include "sim/run/run.hpp"

namespace cpuhp::test {

// States of small_table(). Number 5 is free for cpu:kick_ap, 13 is the unnamed idle entry.
inline constexpr StateId kThreads = 1, kA = 2, kB = 3, kDead = 4, kKickAp = 5, kBringup = 6,
                         kIdleDead = 7, kApOffline = 8, kStartingOne = 9, kStartingTwo = 10,
                         kApOnline = 11, kTeardown = 12, kIdleEntry = 13, kX = 14, kMulti = 15,
                         kY = 16, kActive = 17, kOnline = 18;

/// A table with every section, both one-sided states, and a multi-instance state of two instances.
inline StateTable small_table(const Rules& rules = Rules::of({6, 1})) {
  const auto state = [](StateId id, std::string name, std::string up, std::string down) {
    return State{
        .id = id, .name = std::move(name), .startup = std::move(up), .teardown = std::move(down)};
  };
  std::vector<State> s{state(0, "offline", "", ""),
                       state(kThreads, "threads:prepare", "threads_up", ""),
                       state(kA, "a:prepare", "a_up", "a_down"),
                       state(kB, "b:prepare", "b_up", ""),
                       state(kDead, "c:dead", "", "c_dead"),
                       state(kBringup, "cpu:bringup", "bringup_cpu", "finish_cpu"),
                       state(kIdleDead, "idle:dead", "", ""),
                       state(kApOffline, "ap:offline", "", ""),
                       state(kStartingOne, "one:starting", "one_starting", "one_dying"),
                       state(kStartingTwo, "two:starting", "two_starting", ""),
                       state(kApOnline, "ap:online", "", ""),
                       state(kTeardown, "cpu:teardown", "", "takedown_cpu"),
                       state(kX, "x:online", "x_online", "x_offline"),
                       state(kMulti, "m:online", "m_online", "m_offline"),
                       state(kY, "y:online", "y_online", "y_offline"),
                       state(kActive, "sched:active", "activate", "deactivate"),
                       state(kOnline, "online", "", "")};
  for (State& each : s) {
    each.cant_stop =
        each.id == kThreads || each.id == kBringup || each.id == kApOffline || each.id == kTeardown;
    if (each.id == kMulti) each.multi = true, each.instances = 2;
  }
  return {"small", "test", rules, std::move(s)};
}

inline Operation op_boot() { return {.kind = OpKind::Boot}; }
inline Operation op_shutdown() { return {.kind = OpKind::Shutdown}; }
inline Operation op_up(CpuId cpu, std::optional<StateId> target = {}) {
  return {.kind = OpKind::Up, .cpu = cpu, .target = target};
}
inline Operation op_down(CpuId cpu, std::optional<StateId> target = {}) {
  return {.kind = OpKind::Down, .cpu = cpu, .target = target};
}
inline Operation op_write(std::string path, std::string text) {
  return {.kind = OpKind::Write, .path = std::move(path), .text = std::move(text)};
}
inline Operation op_read(std::string path) {
  return {.kind = OpKind::Read, .path = std::move(path)};
}
inline Operation op_suspend(std::optional<std::uint32_t> wakeup_after = {}, CpuId stays = kNoCpu) {
  return {.kind = OpKind::Suspend, .cpu = stays, .wakeup_after = wakeup_after};
}
inline Operation op_resume() { return {.kind = OpKind::Resume}; }

/// A machine of that shape with every CPU present.
inline MachineConfig machine(const Grid& grid, StateTable table,
                             std::vector<Operation> operations) {
  MachineConfig c;
  c.topology = Topology::grid(grid);
  c.present = CpuMask(c.topology.nr_cpus());
  for (CpuId cpu = 0; cpu < c.topology.nr_cpus(); ++cpu) c.present.set(cpu);
  c.table = std::move(table);
  c.operations = std::move(operations);
  return c;
}

/// Four CPUs without SMT, on the small table.
inline MachineConfig small_machine(std::vector<Operation> operations,
                                   Design design = Design::Symmetric,
                                   const Rules& rules = Rules::of({6, 1})) {
  MachineConfig c = machine({.cores_per_socket = 4}, small_table(rules), std::move(operations));
  c.design = design;
  return c;
}

inline RunResult run(const MachineConfig& config, const RunOptions& options = {}) {
  std::optional<RunResult> result;
  with_bare_simulator([&](Simulator& s) { result = s.run(config, options); });
  return std::move(*result);
}

/// Returns the events that `wanted` accepts.
template <typename F>
std::vector<Event> events(const RunResult& r, F wanted) {
  std::vector<Event> found;
  for (const Event& e : r.stream.events)
    if (wanted(e)) found.push_back(e);
  return found;
}

inline std::vector<Event> events(const RunResult& r, EventKind kind, CpuId cpu = kNoCpu) {
  return events(r,
                [&](const Event& e) { return e.kind == kind && (cpu == kNoCpu || e.cpu == cpu); });
}

/// Returns the first event of that kind about that CPU; none: there is no such event.
inline std::optional<Event> first(const RunResult& r, EventKind kind, CpuId cpu = kNoCpu) {
  const std::vector<Event> found = events(r, kind, cpu);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

inline std::optional<Event> last(const RunResult& r, EventKind kind, CpuId cpu = kNoCpu) {
  const std::vector<Event> found = events(r, kind, cpu);
  return found.empty() ? std::nullopt : std::optional(found.back());
}

inline const std::string& name(const RunResult& r, const Event& e) {
  return r.stream.names[e.name];
}

/// Returns the events of that kind with this name.
inline std::vector<Event> named(const RunResult& r, EventKind kind, std::string_view text,
                                CpuId cpu = kNoCpu) {
  return events(r, [&](const Event& e) {
    return e.kind == kind && name(r, e) == text && (cpu == kNoCpu || e.cpu == cpu);
  });
}

/// Returns the callbacks that were entered for a CPU, in order; instances as "m_online#0". `from`:
/// first date.
inline std::vector<std::string> callbacks(const RunResult& r, CpuId cpu, Ns from = {}) {
  std::vector<std::string> found;
  for (const Event& e : r.stream.events) {
    if (e.cpu != cpu || e.time < from) continue;
    if (e.kind == EventKind::Enter) found.push_back(name(r, e));
    if (e.kind == EventKind::MultiEnter)
      found.push_back(name(r, e) + "#" + std::to_string(e.instance));
  }
  return found;
}

/// Returns the date at which the n-th operation began.
inline Ns begin(const RunResult& r, std::size_t n) { return r.operations.at(n).begin; }

/// Returns the return value of each operation that returned.
inline std::vector<int> returns(const RunResult& r) {
  std::vector<int> all;
  for (const OpResult& op : r.operations)
    if (op.returned) all.push_back(op.ret);
  return all;
}

/// Returns the CPUs that are online at the end.
inline std::vector<CpuId> online_cpus(const RunResult& r) {
  std::vector<CpuId> cpus;
  for (CpuId cpu = 0; cpu < r.final.size(); ++cpu)
    if (r.final[cpu].online) cpus.push_back(cpu);
  return cpus;
}

/// A callback that returns an error.
inline Fault failing(CpuId cpu, StateId state, Direction direction = Direction::Up,
                     int error = -12) {
  return {
      .kind = FaultKind::Error, .cpu = cpu, .state = state, .direction = direction, .error = error};
}

}  // namespace cpuhp::test
