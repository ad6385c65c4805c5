// What operations cost the CPUs that have no part in them.
#include "sim/analysis/bystanders.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/run/run.hpp"
#include "sim/scenario/cpulist.hpp"
#include "tests/model/small_machine.hpp"
#include "tests/sim/many_runs.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

Bystanders bystanders_of(const RunResult& r, const CpuMask& housekeeping = {}) {
  BystandersOfRun all(housekeeping);
  all.take(r.stream);
  return all.finish(r.end);
}

/// Returns a mask without the CPUs whose numbers the divisor divides.
CpuMask all_but_each(CpuId divisor, CpuId nr_cpus) {
  CpuMask mask(nr_cpus);
  for (CpuId cpu = 0; cpu < nr_cpus; ++cpu) mask.assign(cpu, cpu % divisor != 0);
  return mask;
}

bool overlap(const Bystanders& all) {
  for (std::size_t i = 1; i < all.operations.size(); ++i)
    if (all.operations[i].begin < all.operations[i - 1].end) return true;
  return false;
}

// ------------------------------------------------------------------------------ by hand

/// Eight CPUs; CPU 0 asks, and a kworker on it drives nothing.
MachineConfig eight_cpus(std::vector<Operation> operations) {
  MachineConfig c = machine({.cores_per_socket = 8}, small_table(), std::move(operations));
  c.costs.phases[static_cast<std::size_t>(Phase::StopMachine)] = {{{.work = Dist::fixed(7_us)}}};
  c.costs.phases[static_cast<std::size_t>(Phase::IrqMigrate)] = {{{.work = Dist::fixed(2_us)}}};
  c.costs.phases[static_cast<std::size_t>(Phase::IpiHandler)] = {{{.work = Dist::fixed(1_us)}}};
  c.costs.set_step(kStartingOne, Direction::Down, {{{.work = Dist::fixed(500_ns)}}});
  return c;
}

TEST(Bystanders, StandStillWhileACpuIsTakenDown) {
  const RunResult r = run(eight_cpus({op_boot(), op_down(5), op_down(6)}));
  const Bystanders all = bystanders_of(r);
  ASSERT_EQ(all.operations.size(), 3u);
  EXPECT_TRUE(all.operations[0].bystanders.empty()) << "only the asker is online then";
  for (const std::size_t i : {1u, 2u}) {
    const OperationToll& o = all.operations[i];
    EXPECT_EQ(o.operation, i);
    EXPECT_EQ(o.begin, r.operations[i].begin);
    EXPECT_EQ(o.end, r.operations[i].end);
    ASSERT_EQ(o.bystanders.size(), 1u);
    EXPECT_EQ(print_cpulist(o.bystanders[0].cpus), i == 1 ? "1-4,6-7" : "1-4,7");
    const Toll& toll = o.bystanders[0].toll;
    EXPECT_EQ(toll.stops, 1u);
    EXPECT_EQ(toll.stopped, 9'500_ns);
    EXPECT_EQ(toll.longest, 9'500_ns);
    EXPECT_EQ(toll.interrupts, 0u);
    const auto stop = std::ranges::find_if(r.stream.events, [&](const Event& e) {
      return e.kind == EventKind::StopBegin && e.time > o.begin;
    });
    EXPECT_EQ(toll.longest_at, stop->time);
  }
  EXPECT_EQ(all.stopped[1], 19'000_ns);
  EXPECT_EQ(all.stopped[6], 9'500_ns);
  EXPECT_EQ(all.stopped[5], 0_ns);
  EXPECT_EQ(all.worst(), &all.operations[1]);
}

TEST(Bystanders, AreLeftAloneByATakedownThatEndsBeforeIt) {
  const Bystanders all = bystanders_of(run(eight_cpus({op_boot(), op_down(5, kX)})));
  ASSERT_EQ(all.operations[1].bystanders.size(), 1u);
  EXPECT_EQ(print_cpulist(all.operations[1].bystanders[0].cpus), "1-4,6-7");
  EXPECT_EQ(all.operations[1].bystanders[0].toll, Toll{});
  EXPECT_EQ(all.worst(), nullptr);
}

TEST(Bystanders, AKworkersCpuIsNone) {
  MachineConfig c = eight_cpus({op_boot(), op_down(5)});
  c.table = small_table(Rules::of({6, 6}));
  c.operations[1].on = 3;
  const Bystanders all = bystanders_of(run(c));
  // CPU 3 asks, a kworker on CPU 0 drives, and CPU 0 gets the interrupt
  EXPECT_EQ(print_cpulist(all.operations[1].bystanders[0].cpus), "1-2,4,6-7");
}

TEST(Bystanders, ATscPartnerPaysWithAnInterrupt) {
  MachineConfig c = eight_cpus({op_boot(), op_down(5), op_up(5)});
  c.operations[2].on = 3;
  c.costs.phases[static_cast<std::size_t>(Phase::TscSync)] = {{{.work = Dist::fixed(4_us)}}};
  const Bystanders all = bystanders_of(run(c));
  const std::vector<AlikeCpus>& alike = all.operations[2].bystanders;
  ASSERT_EQ(alike.size(), 2u);
  EXPECT_EQ(print_cpulist(alike[0].cpus), "1-2,4,6-7");
  EXPECT_EQ(alike[0].toll.interrupts, 0u);
  EXPECT_EQ(print_cpulist(alike[1].cpus), "0");
  EXPECT_EQ(alike[1].toll.interrupts, 1u);
  EXPECT_EQ(alike[1].toll.interrupted, 4_us);
}

TEST(Bystanders, GroupsHaveTheirWorkWithoutStopsAndSleep) {
  MachineConfig c = eight_cpus({op_boot(), op_down(5)});
  c.housekeeping = all_but_each(5, 8);  // isolated: 0 and 5
  const RunResult r = run(c);
  const OperationToll o = bystanders_of(r, c.housekeeping).operations[1];
  ASSERT_TRUE(o.isolated && o.housekeeping);
  EXPECT_EQ(o.isolated->toll.stops, 1u);
  EXPECT_EQ(o.isolated->toll.stopped, 9'500_ns) << "CPU 5 is the victim";
  EXPECT_EQ(o.housekeeping->toll.stopped, 9'500_ns * 6);
  EXPECT_EQ(o.housekeeping->work, 0_ns);
  EXPECT_EQ(o.isolated->toll.interrupts, 1u);
  EXPECT_EQ(o.isolated->toll.interrupted, 1_us);
  EXPECT_GE(o.isolated->work, 9'500_ns) << "the stopper's, at least";
  EXPECT_LT(o.isolated->work, (o.end - o.begin) * 2 - 9'500_ns);
}

// ------------------------------------------------------------------------------ every run

/// What a bystander pays, counted from the stream for it alone.
Toll counted_for(CpuId cpu, const OperationToll& o, const EventStream& stream, Ns end) {
  Toll toll;
  Ns from{-1};
  const auto stop = [&](Ns until) {
    ++toll.stops;
    toll.stopped += until - from;
    if (toll.stops == 1 || until - from > toll.longest) {
      toll.longest = until - from;
      toll.longest_at = from;
    }
    from = Ns{-1};
  };
  const auto is = [&](EventKind kind) {
    return [&o, kind](const Event& e) { return e.kind == kind && e.instance == o.operation; };
  };
  const auto first = std::ranges::find_if(stream.events, is(EventKind::OpBegin));
  auto last = stream.events.end();
  while (last != first && !is(EventKind::OpEnd)(*std::prev(last))) --last;
  if (last == first) last = stream.events.end();  // it never returned
  for (const Event& e : std::span(first, last)) {
    if (e.kind == EventKind::StopBegin) from = e.time;
    if (e.kind == EventKind::StopEnd && from >= Ns{}) stop(e.time);
    if (e.kind != EventKind::Interrupt || e.on != cpu) continue;
    ++toll.interrupts;
    toll.interrupted += Ns{e.ret};
  }
  if (from >= Ns{}) stop(end);
  return toll;
}

/// False where a late AP stops the machine when no operation is under way any more.
bool stops_only_in_operations(const EventStream& stream) {
  int operations = 0;
  for (const Event& e : stream.events) {
    if (e.kind == EventKind::OpBegin) ++operations;
    if (e.kind == EventKind::OpEnd) --operations;
    if (e.kind == EventKind::StopBegin && operations == 0) return false;
  }
  return true;
}

struct Seen {
  std::uint64_t runs = 0, stopped_runs = 0, bystanders = 0, interrupted = 0, groups = 0;
};

void expect_right(const MachineConfig& config, const RunResult& r, Seen& seen) {
  const CpuId cpus = config.topology.nr_cpus();
  const CpuMask keep = all_but_each(static_cast<CpuId>(2 + seen.runs % 3), cpus);
  const Bystanders all = bystanders_of(r, keep);
  ++seen.runs;
  ASSERT_EQ(all.stopped.size(), r.ledgers.size());
  Ns sum{}, in_groups{};
  for (CpuId cpu = 0; cpu < cpus; ++cpu) {
    ASSERT_EQ(all.stopped[cpu], r.ledgers[cpu].stopped) << "CPU " << cpu;
    sum += all.stopped[cpu];
  }
  if (sum > Ns{}) ++seen.stopped_runs;
  if (overlap(all)) return;
  for (const OperationToll& o : all.operations) {
    in_groups += o.isolated->toll.stopped + o.housekeeping->toll.stopped;
    for (const AlikeCpus& alike : o.bystanders)
      for (CpuId cpu = alike.cpus.first(); cpu != kNoCpu; cpu = alike.cpus.next(cpu + 1)) {
        ++seen.bystanders;
        if (alike.toll.interrupts > 0) ++seen.interrupted;
        ASSERT_EQ(alike.toll, counted_for(cpu, o, r.stream, r.end))
            << "CPU " << cpu << " in operation " << o.operation;
      }
  }
  if (stops_only_in_operations(r.stream)) {
    EXPECT_EQ(in_groups, sum);
    ++seen.groups;
  }
}

TEST(Bystanders, SumsAreThoseOfTheLedgers) {
  Seen seen;
  for_each_run([&](const ManyRun& run) { expect_right(run.config, run.result, seen); }, 2'000);
  EXPECT_GT(seen.stopped_runs, seen.runs / 3);
  EXPECT_GT(seen.groups, seen.runs * 9 / 10);
  EXPECT_GT(seen.bystanders, seen.runs);
  EXPECT_GT(seen.interrupted, 10u);
}

/// Counts the CPUs that stood still in the operation.
CpuId stood_still(const RunResult& before, const RunResult& after) {
  CpuId cpus = 0;
  for (CpuId cpu = 0; cpu < before.ledgers.size(); ++cpu)
    if (after.ledgers[cpu].stopped > before.ledgers[cpu].stopped) ++cpus;
  return cpus;
}

std::ptrdiff_t takedowns(const RunResult& r) {
  return std::ranges::count_if(r.stream.events, [](const Event& e) {
    return e.kind == EventKind::StopBegin && is_takedown(e);
  });
}

// By an event each: the one StopBegin of a takedown, and the time of each CPU in its ledger.
TEST(Bystanders, FullOfflineStopsAllOthersPartialOfflineNone) {
  std::uint64_t full = 0, partial = 0;
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
      MachineConfig c = random_machine(seed);
      const CpuId cpus = c.topology.nr_cpus(), cpu = (c.boot_cpu + 1) % cpus;
      if (cpu == c.boot_cpu || c.design == Design::Notifier) continue;
      SCOPED_TRACE("machine " + std::to_string(seed));
      c.faults.clear();
      c.costs.phase(Phase::StopMachine) = Cost::fixed(1_us);  // so that a stop takes time
      c.operations = {op_boot()};
      const RunResult booted = s.run(c);
      if (booted.online < 2 || !booted.final[cpu].online) continue;
      c.operations = {op_boot(), op_down(cpu, c.table.anchors().ap_online_idle)};
      const RunResult above = s.run(c);
      c.operations = {op_boot(), op_down(cpu)};
      const RunResult down = s.run(c);
      if (above.ok() && above.operations[1].ret == 0) {  // no reader holds it up for ever
        ++partial;
        EXPECT_TRUE(above.final[cpu].online);
        EXPECT_EQ(takedowns(above), takedowns(booted));
        EXPECT_EQ(stood_still(booted, above), 0u);
      }
      if (down.ok() && down.operations[1].ret == 0) {
        ++full;
        EXPECT_EQ(takedowns(down), takedowns(booted) + 1);
        EXPECT_EQ(stood_still(booted, down), booted.online - 1);
      }
    }
  });
  EXPECT_GT(full, 300u);
  EXPECT_GT(partial, 300u);
}

TEST(Bystanders, AreTheSamePartByPart) {
  for_each_run(
      [&](const ManyRun& run) {
        const CpuMask keep = all_but_each(2, run.config.topology.nr_cpus());
        const Bystanders whole = bystanders_of(run.result, keep);
        BystandersOfRun in_parts(keep);
        EventStream part;
        part.names = run.result.stream.names;
        part.nr_cpus = run.result.stream.nr_cpus;
        for (const Event& e : run.result.stream.events) {
          part.events = {e};
          in_parts.take(part);
        }
        const Bystanders parts = in_parts.finish(run.result.end);
        EXPECT_EQ(parts.stopped, whole.stopped);
        ASSERT_EQ(parts.operations.size(), whole.operations.size());
        for (std::size_t i = 0; i < whole.operations.size(); ++i)
          EXPECT_EQ(parts.operations[i].isolated->work, whole.operations[i].isolated->work);
      },
      20);
}

}  // namespace
}  // namespace cpuhp
