// Runs: the same scenario gives the same run, whatever ran before it and whatever carries its
// stacks.
#include "sim/run/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/checks/watch/resources.hpp"
#include "model/checks/watch/state_resources.hpp"
#include "model/faults/candidates.hpp"
#include "sim/campaign/plan.hpp"
#include "sim/run/digest.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/sim/many_runs.hpp"
#include "tests/sim/random_machine.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

using namespace test;

constexpr std::array kDesigns{Design::Notifier, Design::Symmetric, Design::Parallel, Design::Async};
constexpr CpuId kSmall = 256;  // larger machines have a test of their own

TEST(Run, LedgersAddUpOnEveryCpu) {
  with_bare_simulator([](Simulator& s) {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
      const RunResult r = s.run(random_machine(seed), {.keep_events = false});
      for (const Ledger& l : r.ledgers) {
        ASSERT_EQ(l.total(), r.end) << "random_machine(" << seed << ")";
        for (const Ns part : {l.useful, l.spinning, l.sleeping, l.idle, l.stopped})
          ASSERT_GE(part, 0_ns) << seed;
      }
    }
  });
}

TEST(Run, EventsOfACpuAreInOrder) {
  with_bare_simulator([](Simulator& s) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const RunResult r = s.run(random_machine(seed));
      std::vector<Ns> now(r.stream.nr_cpus);
      for (const Event& e : r.stream.events) {
        ASSERT_GE(e.time, now[e.on]) << seed;
        now[e.on] = e.time;
        ASSERT_LE(e.time, r.end);
      }
    }
  });
}

TEST(Run, ResourcesHaveOneHolderOnEveryMachine) {
  with_bare_simulator([](Simulator& s) {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
      const RunResult r = s.run(random_machine(seed));
      for (const Finding& f : check_resources(r.stream, r.ok()))
        ADD_FAILURE() << seed << ": " << f.text;
    }
  });
}

TEST(Run, WhatRegistersBeforeABootIsNoPartOfIt) {
  MachineConfig c = small_machine({op_boot()});
  const Ns bringup = run(c).bringup;
  c.declared = {{.name = "d", .startup = "d_up", .number = kKickAp}};
  c.operations = {{.kind = OpKind::Setup, .state = declared_id(0)},
                  {.kind = OpKind::Remove, .state = declared_id(0)},
                  op_boot()};
  c.operations[2].at = 5_ms;
  const RunResult r = run(c);
  EXPECT_EQ(first(r, EventKind::Enter)->time, 1_ns) << "the driver's";
  EXPECT_EQ(r.bringup, bringup);
}

// A registration takes the lock as a reader, and what it calls leaves nothing behind.
TEST(Run, RegistrationsKeepToTheLocksOnEveryMachine) {
  int registered = 0, failed = 0;
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
      const MachineConfig c = random_registrations(seed);
      const RunResult r = s.run(c);
      for (const Finding& f : check_resources(r.stream, r.ok()))
        ADD_FAILURE() << seed << ": " << f.text;
      for (std::size_t i = 0; i < r.operations.size(); ++i) {
        if (c.operations[i].kind != OpKind::Setup) continue;
        ++(r.operations[i].ret >= 0 ? registered : failed);
      }
    }
  });
  EXPECT_GT(registered, 500);
  EXPECT_GT(failed, 100);
}

// Each driver registers once, always with calls: whatever else happens, every CPU gives back what
// was taken for it.
TEST(Run, DriversGiveBackWhatTheyTookOnEveryMachine) {
  std::size_t taken = 0;
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
      MachineConfig c = random_registrations(seed);
      c.faults.clear();
      Rules rules = c.table.rules();
      rules.taken_slot_busy = true;
      rules.prepare_dynamic_skipped = false;
      c.table = StateTable("random", "test", rules, c.table.all());
      std::set<StateId> known;
      std::erase_if(c.operations, [&](const Operation& op) {
        return op.kind == OpKind::Setup && !known.insert(op.state).second;
      });
      for (Operation& op : c.operations) op.calls = true;
      const RunResult r = s.run(c);
      for (const Event& e : r.stream.events) taken += e.kind == EventKind::Take ? 1 : 0;
      for (const Finding& f : check_state_resources(r.stream))
        ADD_FAILURE() << seed << ": " << f.text << " at " << f.time.v << " ns";
    }
  });
  EXPECT_GT(taken, 500u);
}

// Runs that hang or panic are among them: nothing of a run is left in the next one.
TEST(Run, WhatRanBeforeDoesNotMatter) {
  std::vector<std::string> alone;
  int hung = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RunResult r = run(random_machine(seed), {.keep_events = false});
    alone.push_back(r.digest);
    hung += r.ok() ? 0 : 1;
  }
  EXPECT_GT(hung, 5);
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = 100; seed-- > 0;)
      EXPECT_EQ(s.run(random_machine(seed), {.keep_events = false}).digest, alone[seed]) << seed;
  });
}

TEST(Run, SimGridCarriesTheSameRuns) {
  with_simulator(16, [](Simulator& s) {
    for (std::uint64_t seed = 0; seed < 60; ++seed)
      for (const bool exact : {false, true}) {
        const MachineConfig c = random_machine(seed);
        EXPECT_EQ(s.run(c, {.exact = exact, .keep_events = false}).digest, run(c).digest) << seed;
      }
  });
}

TEST(Run, TwentyRunsOfAScenarioAreOne) {
  for (const Scenario& scenario : small_scenarios(kSmall, {"scenarios"})) {
    SCOPED_TRACE(scenario.file);
    const std::string digest = run(scenario.config).digest;
    with_bare_simulator([&](Simulator& s) {
      for (int i = 0; i < 20; ++i)
        EXPECT_EQ(s.run(scenario.config, {.keep_events = false}).digest, digest);
    });
  }
}

TEST(Run, ExactIsTheSameOnEveryScenarioAndDesign) {
  with_bare_simulator([](Simulator& s) {
    for (const Scenario& scenario : small_scenarios(kSmall, {"scenarios"}))
      for (const Design design : kDesigns) {
        MachineConfig c = scenario.config;
        c.design = design;
        const RunResult ahead = s.run(c, {.keep_events = false});
        const RunResult exact = s.run(c, {.exact = true, .keep_events = false});
        EXPECT_EQ(ahead.digest, exact.digest) << scenario.file << " " << to_string(design);
        EXPECT_EQ(ahead.ledgers, exact.ledgers) << scenario.file << " " << to_string(design);
      }
  });
}

TEST(Run, ASeedIsARunOfItsOwn) {
  MachineConfig c = small_machine({op_boot()});
  c.costs.step_default[0] = Cost{{CostPart{.work = Dist{{1_us, 9_us}}}}};
  std::set<std::string> digests;
  for (c.seed = 1; c.seed <= 20; ++c.seed) digests.insert(run(c).digest);
  EXPECT_EQ(digests.size(), 20u);
}

// Common random numbers: two designs pay the same for the same step (docs/internals.md
// "Determinism").
TEST(Run, DesignsDrawTheSameCosts) {
  MachineConfig c = small_machine({op_boot()});
  c.costs.step_default[0] = Cost{{CostPart{.work = Dist{{1_us, 9_us}}}}};
  std::set<Ns> drawn;
  for (const Design design : kDesigns) {
    c.design = design;
    const RunResult r = run(c);
    for (const Event& enter : events(r, EventKind::Enter, 2))
      for (const Event& exit : events(r, EventKind::Exit, 2))
        if (enter.step == kY && exit.step == kY) drawn.insert(exit.time - enter.time);
  }
  EXPECT_EQ(drawn.size(), 1u);
}

/// A driver whose instances wait for each other when something fails: some cases hang with several
/// waiters of one date, some panic.
constexpr const char* kDriver = R"({"version": 1, "name": "driver", "machine": {"cores": 2},
  "table": ")" CPUHP_SOURCE_DIR R"(/scenarios/tables/x86_64-6.12.json", "design": "parallel",
  "states": [
    {"name": "mydrv/buf:prepare", "number": 58, "startup": "mydrv_prepare",
     "teardown": "mydrv_dead", "resources": ["buf"]},
    {"name": "mydrv/timer:starting", "number": 100, "startup": "mydrv_starting",
     "teardown": "mydrv_dying", "resources": ["timer"]},
    {"name": "mydrv/queue:online", "dynamic": "online", "multi": true,
     "startup": "mydrv_online", "teardown": "mydrv_offline", "resources": ["ring"]}],
  "operations": [{"op": "boot"}, {"op": "setup", "state": "mydrv/buf:prepare"},
    {"op": "setup", "state": "mydrv/timer:starting"},
    {"op": "setup", "state": "mydrv/queue:online"},
    {"op": "add_instance", "state": "mydrv/queue:online", "instance": 0},
    {"op": "add_instance", "state": "mydrv/queue:online", "instance": 1}]})";

/// All that a run gives, as text.
std::string all_of(const RunResult& r) {
  std::string text = r.digest + " end " + std::to_string(r.end.v) + (r.panic ? *r.panic : "");
  for (const Ledger& l : r.ledgers)
    for (const Ns part : {l.useful, l.spinning, l.sleeping, l.idle, l.stopped})
      text += ' ' + std::to_string(part.v);
  for (const OpResult& o : r.operations)
    text +=
        '|' + std::to_string(o.ret) + (o.returned ? " at " : " never ") + std::to_string(o.end.v);
  for (const HungTask& h : r.hung)
    text += "!" + std::to_string(h.on) + '.' + r.stream.names[h.wait.what] + '.' +
            std::to_string(h.wait.cpu) + '.' + std::to_string(h.since.v);
  return text;
}

TEST(Run, NothingSurvivesInWhateverOrderCasesRun) {
  constexpr std::uint64_t kFirst = 2'309, kCases = 500;
  const ScenarioFolder folder;
  const std::string file = folder.write("driver.json", kDriver);
  std::vector<MachineConfig> configs;
  for (const char* design : {"\"symmetric\"", "\"parallel\"", "\"async\""})
    configs.push_back(load_scenario(file, {{"/design", design}}).config);
  std::unique_ptr<CampaignPlan> plan;
  const auto run = [&](Simulator& s, std::uint64_t i) {
    return s.run(plan->configure(plan->at(kFirst + i)));
  };
  std::vector<std::string> alone(kCases);
  std::optional<std::uint64_t> hangs, panics;
  with_bare_simulator([&](Simulator& s) {
    plan = std::make_unique<CampaignPlan>(
        std::move(configs),
        CampaignOptions{.singles = false, .random = 6'000, .kinds = enumerated_kinds()},
        [&](const MachineConfig& config) { return s.run(config, {.keep_events = false}); });
  });
  for (std::uint64_t i = 0; i < kCases; ++i)
    with_bare_simulator([&](Simulator& s) {
      const RunResult r = run(s, i);
      alone[i] = all_of(r);
      if (r.hung.size() > 1) hangs = i;
      if (r.panic) panics = i;
    });
  ASSERT_TRUE(hangs && panics);
  std::vector<std::uint64_t> forward(kCases), backward, shuffled, after;
  std::iota(forward.begin(), forward.end(), std::uint64_t{0});
  backward.assign(forward.rbegin(), forward.rend());
  for (const std::uint64_t i : forward) shuffled.push_back(i * 211 % kCases);
  for (const std::uint64_t i : forward)
    after.insert(after.end(), {i % 2 == 0 ? *hangs : *panics, i});
  for (const auto& order : {forward, backward, shuffled, after})
    with_bare_simulator([&](Simulator& s) {
      for (const std::uint64_t i : order) ASSERT_EQ(all_of(run(s, i)), alone[i]) << kFirst + i;
    });
}

/// No CPU is active: the last one that was has been taken down while the other stood half way.
TEST(Run, AMachineWithoutAnActiveCpuDiesAsTheKernelDoes) {
  const auto operations = [](const char* rest) {
    return std::string(R"({"version": 1, "machine": {"cores": 2}, "table": ")" CPUHP_SOURCE_DIR
                       R"(/scenarios/tables/x86_64-6.12.json", "operations": [{"op": "boot"},)") +
           rest + "]}";
  };
  const ScenarioFolder folder;
  for (const char* rest :
       {R"({"op": "down", "cpu": 0, "target": "sched:waitempty"}, {"op": "down", "cpu": 1},
           {"op": "up", "cpu": 1}, {"op": "up", "cpu": 0, "with": 3})",
        R"({"op": "write", "path": "cpu0/hotplug/target", "value": "197"},
           {"op": "write", "path": "cpu1/online", "value": "0"},
           {"op": "write", "path": "cpu1/online", "value": "1"},
           {"op": "write", "path": "cpu1/online", "value": "0", "with": 3})",
        R"({"op": "down", "cpu": 0, "target": "io-wq/online"}, {"op": "down", "cpu": 1},
           {"op": "down", "cpu": 1}, {"op": "up", "cpu": 1, "with": 3})",
        R"({"op": "down", "cpu": 0, "target": "irq/affinity:online"}, {"op": "down", "cpu": 1},
           {"op": "up", "cpu": 1})"})
    for (const char* design : {"\"symmetric\"", "\"parallel\"", "\"async\""}) {
      const Scenario s = folder.load(operations(rest), {{"/design", design}});
      with_bare_simulator([&](Simulator& simulator) {
        const RunResult r = simulator.run(s.config);
        ASSERT_TRUE(r.panic) << rest << design;
        EXPECT_THAT(*r.panic, testing::HasSubstr("select_fallback_rq()"));
        EXPECT_EQ(r.stream.events.back().kind, EventKind::Panic);
        EXPECT_EQ(simulator.run(s.config, {.exact = true}).digest, r.digest);
      });
    }
}

// The digest, over logs that are made by hand.

using Logs = std::vector<CpuLog>;

/// Three CPUs; the number of events is no multiple of a chunk.
Logs some_logs() {
  Logs logs(3);
  for (int i = 0; i < 150; ++i)
    for (CpuId cpu = 0; cpu < 3; ++cpu)
      logs[cpu].append({.time = Ns{10 * i}, .cpu = cpu, .on = cpu, .name = 1, .step = 7});
  return logs;
}

std::string digest(const Logs& logs) {
  Names names;
  names.intern("a");
  return digest_of(logs, names, names.size());
}

TEST(Digest, ChunksAsTheyBecomeFinalGiveWhatTheWholeGives) {
  std::vector<Event> events;
  for (int i = 0; i < 103; ++i) events.push_back({.time = Ns{i}, .cpu = 2});
  EventChain whole;
  whole.add(events);
  const std::span<const Event> all = events;
  for (const std::size_t at : {std::size_t{4}, std::size_t{32}, std::size_t{100}}) {
    EventChain pieces;
    pieces.add(all.first(at));
    pieces.add(all.subspan(at));
    EXPECT_EQ(pieces.value(), whole.value()) << at;
  }
}

TEST(Digest, EachFieldOfEachEventCounts) {
  std::set<std::string> digests{digest(some_logs())};
  const auto changed = [&](auto change) {
    Logs logs = some_logs();
    change(logs);
    EXPECT_TRUE(digests.insert(digest(logs)).second) << digests.size();
  };
  for (const std::size_t i : {std::size_t{0}, std::size_t{63}, std::size_t{64}, std::size_t{149}}) {
    changed([&](Logs& l) { l[1][i].time += 1_ns; });
    changed([&](Logs& l) { l[1][i].cpu = 2; });
    changed([&](Logs& l) { l[1][i].on = 2; });
    changed([&](Logs& l) { l[1][i].name = 0; });
    changed([&](Logs& l) { l[1][i].ret = -5; });
    changed([&](Logs& l) { l[1][i].step = 8; });
    changed([&](Logs& l) { l[1][i].value = 1; });
    changed([&](Logs& l) { l[1][i].instance = 1; });
    changed([&](Logs& l) { l[1][i].kind = EventKind::Exit; });
    changed([&](Logs& l) { l[1][i].role = Role::Irq; });
  }
}

TEST(Digest, OrderAndPlaceOfEventsCount) {
  std::set<std::string> digests{digest(some_logs())};
  Logs swapped = some_logs();
  std::swap(swapped[0][3], swapped[0][4]);  // of two chunks
  EXPECT_TRUE(digests.insert(digest(swapped)).second);
  Logs chunks = some_logs();
  for (std::size_t i = 0; i < 4; ++i) std::swap(chunks[0][i], chunks[0][i + 4]);
  EXPECT_TRUE(digests.insert(digest(chunks)).second);
  Logs cpus = some_logs();
  for (std::size_t i = 0; i < 150; ++i) std::swap(cpus[0][i], cpus[1][i]);
  EXPECT_TRUE(digests.insert(digest(cpus)).second);
  Logs moved = some_logs();
  moved[1].append(moved[0][149]);
  moved[0].truncate(149);
  EXPECT_TRUE(digests.insert(digest(moved)).second);
  Logs fewer = some_logs();
  fewer[2].truncate(148);
  EXPECT_TRUE(digests.insert(digest(fewer)).second);
  Logs more = some_logs();
  more.emplace_back();
  EXPECT_TRUE(digests.insert(digest(more)).second);
}

TEST(Digest, NamesOfTheRunCountByTheirText) {
  const auto with = [](std::string_view first, std::string_view second, NameId id) {
    Names names;
    names.intern("fixed");
    const std::size_t fixed = names.size();
    names.intern(first);
    names.intern(second);
    Logs logs(1);
    logs[0].append({.name = id});
    return digest_of(logs, names, fixed);
  };
  EXPECT_EQ(with("x", "y", 2), with("y", "x", 3));
  EXPECT_NE(with("x", "y", 2), with("x", "y", 3));
}

}  // namespace
}  // namespace cpuhp
