// A machine drawn from a seed: anything that a scenario may ask for, with dates that often
// coincide.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/config.hpp"
#include "model/random.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp::test {

/// Draws in a fixed order, so that a seed is the whole input.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : seed_(seed) {}
  /// Returns 0 to n - 1.
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(
        scale_bits(draw_bits({.seed = seed_, .occurrence = ++count_}), n - 1));
  }
  /// True once in n times.
  bool once_in(std::uint32_t n) { return below(n) == 0; }
  template <typename T, std::size_t N>
  T one_of(const T (&values)[N]) {
    return values[below(N)];
  }

 private:
  std::uint64_t seed_;
  std::uint32_t count_ = 0;
};

/// Draws a small multiple of one unit: ties are the rule.
inline Ns random_length(Draws& d) {
  constexpr Ns kUnits[] = {1_ns, 10_ns, 1_us, 100_us};
  return d.one_of(kUnits) * d.below(6);
}

inline Cost random_cost(Draws& d) {
  constexpr When kWhen[] = {When::Always,    When::Always,        When::Primary,
                            When::Secondary, When::FirstOfSocket, When::FirstSibling};
  constexpr LockId kLocks[] = {kKthreadd, kWorkqueuePool, kTextMutex};
  Cost cost;
  for (std::uint32_t parts = d.below(3); parts-- > 0;) {
    CostPart part{.when = d.one_of(kWhen)};
    part.work = Dist::fixed(random_length(d));
    if (d.once_in(4)) part.work = Dist{{0_ns, random_length(d) + 1_us, 20_us}};
    if (d.once_in(4)) part.wait = Dist::fixed(random_length(d));
    if (d.once_in(5)) part.per_online = Ns{d.below(50)};
    if (d.once_in(8)) part.per_online_squared = Ns{d.below(20)};
    if (d.once_in(4)) part.lock = d.one_of(kLocks);
    cost.parts.push_back(part);
  }
  return cost;
}

inline StateTable random_table(Draws& d) {
  const Rules versions[] = {Rules::of({4, 6}), Rules::of({5, 10}), Rules::of({6, 1}),
                            Rules::of({6, 6}), Rules::of({6, 12})};
  Rules rules = d.one_of(versions);
  if (d.once_in(3)) rules.down_via_kworker = !rules.down_via_kworker;
  if (d.once_in(4)) rules.bringup_spins = !rules.bringup_spins;
  rules.online_stops_machine = rules.bringup_spins || rules.split_startup;  // as on x86
  std::vector<State> states;
  const auto add = [&](std::string name, std::string up = {}, std::string down = {}) {
    states.push_back({.id = static_cast<StateId>(states.size()),
                      .name = std::move(name),
                      .startup = std::move(up),
                      .teardown = std::move(down)});
  };
  const auto some = [&](const std::string& prefix, std::uint32_t n, bool multi) {
    for (std::uint32_t i = 0; i < n; ++i) {
      const std::string name = prefix + std::to_string(i);
      add(name, d.once_in(5) ? "" : name + "_up", d.once_in(4) ? "" : name + "_down");
      State& s = states.back();
      if (!multi || !d.once_in(4)) continue;
      s.multi = true;
      s.instances = static_cast<std::uint16_t>(d.below(4));
    }
  };
  add("offline");
  add("threads:prepare", "threads_up");
  some("p", d.below(5), true);
  add("");  // free for cpu:kick_ap
  add("cpu:bringup", "bringup_cpu", "finish_cpu");
  add("idle:dead");
  add("ap:offline");
  const std::size_t starting = states.size();
  some("s", d.below(3), false);
  if (states.size() > starting) states[starting].name = "x86/cachectrl:starting";
  add("ap:online");
  add("cpu:teardown", "", "takedown_cpu");
  add("");
  some("o", d.below(7), true);
  if (d.below(4) != 0) add("sched:active", "activate", "deactivate");
  add("online");
  StateTable table("random", "test", rules, std::move(states));
  if (rules.split_startup) table.split_startup();
  return table;
}

inline Fault random_fault(Draws& d, CpuId cpus, const StateTable& table) {
  Fault f;
  f.kind = static_cast<FaultKind>(d.below(9));
  f.cpu = d.once_in(3) ? kNoCpu : d.below(cpus);
  f.state = f.kind <= FaultKind::Hang
                ? static_cast<StateId>(d.below(static_cast<std::uint32_t>(table.max())))
                : -1;
  f.direction = d.once_in(2) ? Direction::Up : Direction::Down;
  f.nth = d.below(4);
  f.error = -5;
  f.delay = d.once_in(4) ? 11_s : random_length(d);
  return f;
}

inline Operation random_operation(Draws& d, CpuId cpus, const StateTable& table) {
  const CpuId cpu = d.below(cpus);
  const std::string file = "cpu" + std::to_string(cpu);
  const auto state = [&] {
    return static_cast<StateId>(d.below(static_cast<std::uint32_t>(table.max()) + 1));
  };
  Operation op;
  switch (d.below(11)) {
    case 0:
      op = op_boot();
      break;
    case 1:
      op = op_shutdown();
      break;
    case 2:
      op = op_write(file + "/online", d.once_in(2) ? "0" : "1");
      break;
    case 3:
      op = op_write(file + "/hotplug/fail", std::to_string(state()));
      break;
    case 4:
      op = op_write(file + "/hotplug/target", std::to_string(state()));
      break;
    case 5:
      op = {.kind = OpKind::Suspend, .cpu = d.once_in(3) ? cpu : kNoCpu};
      if (d.once_in(3)) op.wakeup_after = d.below(cpus);
      break;
    case 6:
      op = {.kind = OpKind::Resume};
      break;
    case 7:
      op = op_write("smt/control", d.once_in(3) ? "on" : d.once_in(4) ? "forceoff" : "off");
      break;
    case 8:
      op = op_up(cpu, d.once_in(2) ? std::optional(state()) : std::nullopt);
      break;
    default:
      op = op_down(cpu, d.once_in(3) ? std::optional(state()) : std::nullopt);
      break;
  }
  if (d.once_in(6)) op.at = 1_ms * d.below(30);
  if (d.once_in(3)) op.on = d.below(cpus);
  return op;
}

/// Draws what hotplug costs at run time: grace periods, and parts of costs that go by the machine.
inline void draw_run_time_costs(Draws& d, MachineConfig& c) {
  constexpr RcuPolicy kPolicies[] = {RcuPolicy::AsIs, RcuPolicy::Expedited, RcuPolicy::Held,
                                     RcuPolicy::Hoisted};
  constexpr std::uint32_t kHz[] = {100, 250, 1'000};
  constexpr When kWhen[] = {When::Running,      When::Frozen,       When::LastThawed,
                            When::SeveralCores, When::SeveralNodes, When::LastOfCore,
                            When::EdgeOfNode,   When::CrashKernel,  When::SeveralSockets};
  c.rcu = {.policy = d.one_of(kPolicies), .busy = d.once_in(3), .hz = d.one_of(kHz)};
  c.costs.grace_periods_by_law = !d.once_in(3);
  c.crash_kernel = d.once_in(2);
  c.interrupts = d.below(4);
  for (StateId id = 1; id < c.table.max(); ++id) {
    if (!d.once_in(4)) continue;
    const Direction direction = d.once_in(2) ? Direction::Up : Direction::Down;
    Cost cost = c.costs.step(id, direction);
    cost.parts.push_back({.when = d.one_of(kWhen),
                          .work = Dist::fixed(random_length(d)),
                          .per_interrupt = Ns{d.below(50)},
                          .grace_periods_permille = d.below(5) * 500});
    c.costs.set_step(id, direction, cost);
  }
}

/// Draws a reader. Its pauses and holds are short, or of the order of an operation's length.
inline LockReader random_reader(Draws& d, CpuId cpus, const StateTable& table) {
  constexpr Ns kUnits[] = {1_us, 10_us, 100_us, 1_ms};
  LockReader r{.cpu = d.below(cpus), .every = Dist::fixed(d.one_of(kUnits) * (1 + d.below(5)))};
  r.hold = Dist::fixed(random_length(d));
  if (d.once_in(3)) r.hold = Dist{{0_ns, d.one_of(kUnits) * 3}};
  if (d.once_in(12)) r.hold.reset();
  if (d.once_in(3)) r.lock = ReaderLock::Rcu;
  r.work = r.hold && d.once_in(3);
  if (d.once_in(4)) r.from = random_length(d) * 10;
  // Faults of 11 s are among what is drawn: short pauses need an end.
  const bool short_pauses = r.every.quantiles.front() < 100_us;
  if (short_pauses || d.once_in(4)) r.rounds = 1 + d.below(short_pauses ? 200 : 20);
  if (d.once_in(6))
    r.flushed_by = {static_cast<StateId>(d.below(static_cast<std::uint32_t>(table.max()))),
                    d.once_in(2) ? Direction::Up : Direction::Down};
  if (r.flushed_by && table.is_atomic(r.flushed_by->state)) r.flushed_by.reset();
  return r;
}

/// Draws a machine without readers.
inline MachineConfig random_machine_alone(std::uint64_t seed) {
  Draws d(seed);
  const Grid grid{.sockets = 1 + d.below(2),
                  .cores_per_socket = 1 + d.below(4),
                  .threads_per_core = 1 + d.below(2),
                  .numbering = d.once_in(2) ? Numbering::ThreadsLast : Numbering::ThreadsAdjacent};
  MachineConfig c = machine(grid, random_table(d), {});
  const CpuId cpus = c.topology.nr_cpus();
  c.design = static_cast<Design>(d.below(4));
  c.seed = seed;
  c.boot_cpu = d.once_in(3) ? d.below(cpus) : 0;
  c.cpu0_hotplug = d.once_in(3);
  c.nosmt = d.once_in(8);
  if (d.once_in(6)) c.max_cpus = d.below(cpus + 1);
  if (d.once_in(5)) c.boot_work = random_length(d) * 100;
  c.cpuhp_parallel = !d.once_in(6);
  for (Cost& phase : c.costs.phases)
    if (!d.once_in(3)) phase = random_cost(d);
  for (StateId id = 1; id < c.table.max(); ++id)
    for (const Direction direction : {Direction::Up, Direction::Down})
      if (!d.once_in(3)) c.costs.set_step(id, direction, random_cost(d));
  if (d.once_in(2))
    for (std::uint32_t n = d.below(4); n-- > 0;) c.faults.push_back(random_fault(d, cpus, c.table));
  c.operations = {op_boot()};
  for (std::uint32_t n = d.below(6); n-- > 0;)
    c.operations.push_back(random_operation(d, cpus, c.table));
  if (d.once_in(5)) c.background = random_length(d) * 100;
  if (!d.once_in(3)) draw_run_time_costs(d, c);
  return c;
}

/// Draws a machine; one of four has readers.
inline MachineConfig random_machine(std::uint64_t seed) {
  MachineConfig c = random_machine_alone(seed);
  Draws d(mix64(seed));
  if (!d.once_in(4)) return c;
  for (std::uint32_t n = 1 + d.below(3); n-- > 0;) {
    c.readers.push_back(random_reader(d, c.topology.nr_cpus(), c.table));
    c.readers.back().name = "reader " + std::to_string(n);
  }
  return c;
}

/// Draws the same machine with drivers that come and go between its operations.
inline MachineConfig random_registrations(std::uint64_t seed) {
  MachineConfig c = random_machine(seed);
  if (c.design == Design::Notifier) c.design = Design::Async;
  Draws d(~seed);
  const auto some_state = [&] {
    return static_cast<StateId>(d.below(static_cast<std::uint32_t>(c.table.max())));
  };
  for (const State& s : c.table.all())
    if (!s.name.empty() && !c.table.is_core(s.id) && d.once_in(3)) c.uninstalled.push_back(s.id);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string name = "driver" + std::to_string(i);
    DeclaredState s{.name = name, .startup = name + "_up", .teardown = name + "_down"};
    s.multi = i == 3;
    s.range = static_cast<DynamicRange>(d.below(3));
    if (s.range == DynamicRange::None) s.number = some_state();
    if (d.once_in(2)) s.resources = {name};
    c.declared.push_back(std::move(s));
    for (const Direction direction : {Direction::Up, Direction::Down})
      c.costs.set_step(declared_id(i), direction, random_cost(d));
  }
  for (std::uint32_t n = 4 + d.below(8); n-- > 0;) {
    Operation op{.kind = static_cast<OpKind>(static_cast<std::uint32_t>(OpKind::Setup) +
                                             (d.once_in(2) ? 0 : d.below(4))),
                 .on = d.below(c.topology.nr_cpus()),
                 .state = declared_id(d.below(4)),
                 .instance = static_cast<std::uint16_t>(d.below(3)),
                 .calls = !d.once_in(8)};
    if (!c.uninstalled.empty() && d.once_in(3))
      op.state = c.uninstalled[d.below(static_cast<std::uint32_t>(c.uninstalled.size()))];
    const auto place =
        c.operations.begin() + d.below(static_cast<std::uint32_t>(c.operations.size()) + 1);
    c.operations.insert(place, op);
  }
  if (!c.faults.empty() && d.once_in(2)) c.faults[0].state = declared_id(d.below(4));
  return c;
}

}  // namespace cpuhp::test
