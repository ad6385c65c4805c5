// explain: its links and ledgers add up, and it names what published figures name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "sim/analysis/chain_index.hpp"
#include "sim/analysis/trace_subject.hpp"
#include "sim/analysis/traced_walks.hpp"
#include "sim/error.hpp"
#include "sim/report/explain_report.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/published_file.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/trace/ftrace_writer.hpp"
#include "tests/sim/random_machine.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// A run with all that is said of one of its operations.
struct Explained {
  std::shared_ptr<const MachineConfig> config;
  RunResult result;
  StreamFacts facts;
  std::vector<Span> operations;
};

Explained explained(const MachineConfig& config) {
  Explained e{.config = std::make_shared<const MachineConfig>(config)};
  with_bare_simulator([&](Simulator& simulator) { e.result = simulator.run(*e.config); });
  e.facts = {.steps = step_names(effective_table(config), e.result.stream),
             .boot_cpu = config.boot_cpu,
             .topology = &e.config->topology};
  e.operations = operations_of(e.result.stream);
  return e;
}

/// What is wrong with a chain; empty: nothing.
std::string flaw(const CriticalChain& chain, bool unexplained_is_wrong) {
  Ns at = chain.span.begin;
  for (const ChainLink& link : chain.links) {
    if (link.begin != at) return "a gap before " + link.what + " at " + std::to_string(at.v);
    if (link.duration <= Ns{}) return "no duration at " + std::to_string(at.v);
    if (unexplained_is_wrong && link.kind == LinkKind::Untraced)
      return "unexplained from " + std::to_string(at.v) + " to " + std::to_string(link.end().v);
    at = link.end();
  }
  return at == chain.span.end ? "" : "ends at " + std::to_string(at.v);
}

void expect_to_add_up(const MachineConfig& config, const std::string& what) {
  const Explained e = explained(config);
  for (const Span& span : e.operations) {
    const CriticalChain chain = critical_chain(e.result.stream, span, e.facts);
    EXPECT_EQ(flaw(chain, true), "") << what << ", " << span.what << ' ' << span.operation;
  }
  const MachineLedger ledger{.total = e.result.end, .cpus = e.result.ledgers};
  for (const Ledger& cpu : ledger.cpus) EXPECT_EQ(cpu.total(), ledger.total) << what;
}

std::vector<std::string> scenario_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("scenarios"))) {
    const std::string name = entry.path().filename().string();
    const bool schema = name == "schema.json" || name.ends_with(".schema.json");
    if (entry.path().extension() == ".json" && !schema) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class ExplainDesigns : public testing::TestWithParam<int> {};

TEST_P(ExplainDesigns, LinksAndLedgersOfEveryScenarioAddUp) {
  const std::vector<std::string> files = scenario_files();
  ASSERT_GT(files.size(), 5u);
  for (const std::string& file : files) {
    MachineConfig config = load_scenario(file).config;
    config.design = static_cast<Design>(GetParam());
    expect_to_add_up(config, file);
  }
}

INSTANTIATE_TEST_SUITE_P(Explain, ExplainDesigns, testing::Range(0, 4), [](const auto& param) {
  return std::string(kDesignNames[static_cast<std::size_t>(param.param)]);
});

TEST(Explain, LinksAndLedgersOfRandomMachinesAddUp) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    expect_to_add_up(test::random_machine(seed), "machine " + std::to_string(seed));
    expect_to_add_up(test::random_registrations(seed), "registrations " + std::to_string(seed));
  }
}

/// A task that leaves its CPU for one that is online, but not active, is sent back at once.
TEST(Explain, FollowsATaskToAnotherCpuAndBack) {
  MachineConfig config = test::small_machine(
      {test::op_boot(), test::op_down(1, test::kY), test::op_down(0, test::kActive)},
      Design::Async);
  config.present = CpuMask(4);
  for (const CpuId cpu : {0u, 1u}) config.present.set(cpu);
  config.cpu0_hotplug = true;
  const Explained e = explained(config);
  ASSERT_EQ(e.operations.size(), 3u);
  ASSERT_EQ(test::events(e.result, EventKind::Move).size(), 2u);
  const CriticalChain chain = critical_chain(e.result.stream, e.operations[2], e.facts);
  EXPECT_EQ(flaw(chain, true), "");
  EXPECT_EQ(std::ranges::count(chain.links, "migration", &ChainLink::what), 1);
}

/// A task that leaves the CPU which it takes down ends on another CPU what it has begun here.
TEST(Explain, FollowsAStepToAnotherCpu) {
  std::vector<State> states = test::small_table().all();
  // Without sched:active nothing sends the task away before the takedown.
  std::erase_if(states, [](const State& s) { return s.name == "sched:active"; });
  MachineConfig config = test::small_machine({test::op_boot(), test::op_down(1)});
  config.table = StateTable("small", "test", Rules::of({6, 1}), std::move(states));
  config.operations[1].on = 1;
  const RunResult r = test::run(config);
  const std::vector<Event>& events = r.stream.events;
  const auto of = [&](EventKind kind, StateId step) {
    const auto found = std::ranges::find_if(
        events, [&](const Event& e) { return e.kind == kind && e.step == step; });
    return static_cast<std::uint32_t>(found - events.begin());
  };
  const std::uint32_t enter = of(EventKind::Enter, test::kTeardown), move = of(EventKind::Move, -1),
                      exit = of(EventKind::Exit, test::kTeardown);
  ASSERT_LT(exit, events.size());
  ASSERT_TRUE(enter < move && move < exit);
  EXPECT_EQ(ChainIndex(r.stream, false).inside(exit), enter);
}

TEST(Explain, AMissingLinkIsSeen) {
  const Explained e = explained(load_scenario(source_path("scenarios/boot-8-cpus.json")).config);
  CriticalChain chain = critical_chain(e.result.stream, e.operations[0], e.facts);
  ASSERT_EQ(flaw(chain, true), "");
  ASSERT_GT(chain.links.size(), 20u);
  chain.links.erase(chain.links.begin() + 7);
  EXPECT_NE(flaw(chain, true), "");
}

/// The core's code costs nothing by itself: in a boot without faults every ns of the chain is a
/// step, a phase or a latency of the profile, and it is clear who waits for whom.
TEST(Explain, NothingOfABootIsLeftUnnamed) {
  for (const char* name : {"boot-8-cpus", "skylake-112-boot", "arm64-kvm-128-boot", "smt-off"})
    for (const Design design : {Design::Notifier, Design::Symmetric, Design::Parallel}) {
      MachineConfig config =
          load_scenario(source_path(std::string("scenarios/") + name + ".json")).config;
      config.design = design;
      const Explained e = explained(config);
      const CriticalChain chain = critical_chain(e.result.stream, e.operations[0], e.facts);
      Ns unnamed{};
      for (const ChainLink& link : chain.links)
        if (link.kind == LinkKind::Core || link.kind == LinkKind::Wait ||
            link.kind == LinkKind::Poll)
          unnamed += link.duration;
      EXPECT_LT(unnamed, 1_us) << name << ' ' << to_string(design);
    }
}

Explanation explanation_of(const Scenario& scenario) {
  const Explained e = explained(scenario.config);
  Explanation x{.boot_cpu = scenario.config.boot_cpu, .operations = e.operations};
  x.chosen = most_interesting(e.operations);
  x.chain = critical_chain(e.result.stream, e.operations[x.chosen], e.facts);
  x.blame = blame(e.result.stream, x.chain.span, e.facts, x.chain);
  x.ledger = {.total = e.result.end, .cpus = e.result.ledgers};
  return x;
}

Ns on_chain_of_aps(const Explanation& e, std::string_view what) {
  Ns sum{};
  for (const ChainShare& s : shares(e.chain, e.boot_cpu))
    if (!s.control && s.what == what) sum += s.sum;
  return sum;
}

const Outlier* outlier(const Explanation& e, std::string_view name) {
  for (const Outlier& o : e.blame.outliers)
    if (o.name == name) return &o;
  return nullptr;
}

/// docs/kernel.md 9.1: what the mail of the parallel bring-up says of this machine.
TEST(Explain, NamesThePublishedCausesOfSkylake) {
  const Published p = load_published(source_path("scenarios/published/skylake-112.json"));
  for (const PublishedRun& run : p.runs) {
    if (run.name != "serial" && run.name != "parallel") continue;
    const Explanation e = explanation_of(run.scenario);
    // The one 3.2 ms outlier: the first sibling enables a static key, all others take 1 us.
    const Outlier* const smt = outlier(e, "sched:active");
    ASSERT_NE(smt, nullptr) << run.name;
    EXPECT_EQ(smt->cpu, 56u);
    EXPECT_NEAR(static_cast<double>(smt->duration.v), 3.2e6, 0.1e6);
    EXPECT_LT(smt->median, 10_us);
    EXPECT_THAT(smt->place, HasSubstr("first sibling"));
    // The cross-socket TSC synchronisation: 20 ms, once, on the second socket's first CPU.
    const Outlier* const tsc = outlier(e, "tsc_sync");
    ASSERT_NE(tsc, nullptr) << run.name;
    EXPECT_EQ(tsc->cpu, 28u);
    EXPECT_NEAR(static_cast<double>(tsc->duration.v), 20e6, 0.5e6);
    EXPECT_EQ(tsc->place, "first CPU of socket 1");
    // The wait for APs to come alive: most of the serial boot, and nothing of the parallel one.
    const Ns wait = on_chain_of_aps(e, "alive") + on_chain_of_aps(e, "microcode");
    if (run.name == "serial")
      EXPECT_GT(wait.v * 100, e.chain.span.total().v * 70);
    else
      EXPECT_LT(wait.v * 100, e.chain.span.total().v * 5);
  }
}

TEST(Explain, ALinkSaysWhyItHadToWait) {
  Scenario s = load_scenario(source_path("scenarios/boot-8-cpus.json"));
  s.config.design = Design::Symmetric;
  const Explanation e = explanation_of(s);
  std::vector<std::string> why;
  for (const ChainLink& link : e.chain.links) why.push_back(link.why);
  EXPECT_THAT(why, Contains(HasSubstr("CPU 3 was kicked by the control CPU")));
  EXPECT_THAT(why, Contains(HasSubstr("control CPU waits for CPU 3's done_up completion")));
  EXPECT_THAT(why, Contains(HasSubstr("woken by the control CPU")));
}

TEST(Explain, AWaitForALockNamesItsHolder) {
  // Two operations at once: the second waits for cpu_add_remove_lock.
  Scenario s = load_scenario(source_path("scenarios/boot-8-cpus.json"));
  s.config.operations.push_back({.kind = OpKind::Down, .cpu = 3});
  s.config.operations.push_back({.kind = OpKind::Down, .with = 1, .delay = 10_us, .cpu = 4});
  const Explained e = explained(s.config);
  ASSERT_EQ(e.operations.size(), 3u);
  const CriticalChain chain = critical_chain(e.result.stream, e.operations[2], e.facts);
  std::vector<std::string> why;
  for (const ChainLink& link : chain.links) why.push_back(link.why);
  EXPECT_THAT(why, Contains(HasSubstr("waits for cpu_add_remove_lock, held by control CPU")));
}

// ------------------------------------------------------------------------------ what if

TEST(WhatIf, IsWhatARunOfThatMachineGives) {
  const Scenario s = load_scenario(source_path("scenarios/boot-8-cpus.json"));
  const Explanation e = explanation_of(s);
  with_bare_simulator([&](Simulator& simulator) {
    const WhatIf w = what_if(simulator, s.config, e.chain, e.blame,
                             {.top = 3, .own = {parse_cost_change("alive=0.5", s.config)}});
    EXPECT_EQ(w.baseline, e.chain.span.total());
    ASSERT_EQ(w.rows.size(), 3u);
    EXPECT_GT(w.left_out, 0u);
    MachineConfig halved = s.config;
    for (CostPart& part : halved.costs.phase(Phase::Alive).parts)
      for (Ns& q : part.work.quantiles) q = Ns{q.v / 2};
    const RunResult run = simulator.run(halved);
    ASSERT_NE(run.operation(0), nullptr);
    EXPECT_EQ(w.own_time, run.operation(0)->end);
    EXPECT_LT(*w.own_time, w.baseline);
  });
}

/// A cost off the chain is worth nothing, however much it adds up to.
TEST(WhatIf, DoesNotAddUp) {
  Scenario s = load_scenario(source_path("scenarios/skylake-112-boot.json"));
  s.config.design = Design::Parallel;
  const Explanation e = explanation_of(s);
  const auto row = std::find_if(e.blame.rows.begin(), e.blame.rows.end(),
                                [](const BlameRow& r) { return r.name == "microcode"; });
  ASSERT_NE(row, e.blame.rows.end());
  ASSERT_GT(row->sum.v, Ns{300_ms}.v);
  with_bare_simulator([&](Simulator& simulator) {
    const WhatIf w = what_if(simulator, s.config, e.chain, e.blame,
                             {.top = 0, .own = {parse_cost_change("microcode=0", s.config)}});
    EXPECT_TRUE(w.rows.empty());
    EXPECT_GT(w.own_time->v, w.baseline.v - Ns{10_ms}.v);
  });
}

TEST(WhatIf, ALockIsWhatIsPaidWhileItIsHeld) {
  MachineConfig config = load_scenario(source_path("scenarios/boot-8-cpus.json")).config;
  Cost cost = Cost::fixed(10_us);
  cost.parts[0].lock = kTextMutex;
  config.costs.set_step(235, Direction::Up, cost);
  const MachineConfig changed = with_changes(config, {{CostKind::Lock, "text_mutex", 500'000}});
  EXPECT_EQ(changed.costs.step(235, Direction::Up).mean_work(), 5_us);
  EXPECT_EQ(changed.costs.step(1, Direction::Up), config.costs.step(1, Direction::Up));
}

TEST(WhatIf, RefusesWhatItDoesNotKnow) {
  const MachineConfig config = load_scenario(source_path("scenarios/boot-8-cpus.json")).config;
  const auto error = [&](const std::string& word) {
    try {
      parse_cost_change(word, config);
    } catch (const BadInput& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(error("microcod=0.5"),
            "--what-if microcod=0.5: this machine has no step, phase or lock \"microcod\" (did you "
            "mean 'microcode'?)");
  for (const char* word : {"alive", "=1", "alive=", "alive=-1", "alive=1.2345678", "alive=1001",
                           "alive=1.", "alive=0,5", "alive=1e3"})
    EXPECT_THAT(error(word), HasSubstr("--what-if")) << word;
  EXPECT_EQ(parse_cost_change("sched:active=0.25", config).millionths, 250'000);
}

// ------------------------------------------------------------------------------ traces

TEST(ExplainTrace, LinksAndLedgerAddUp) {
  const TestFolder folder;
  for (const Design design : {Design::Notifier, Design::Symmetric, Design::Parallel}) {
    MachineConfig config = load_scenario(source_path("scenarios/boot-8-cpus.json")).config;
    config.design = design;
    const Explained e = explained(config);
    const TraceSubject t = load_trace_subject(
        folder.write("trace.txt", format_ftrace(e.result.stream, {.decimals = 9})));
    const Span all = walks_of_trace(t.stream);
    const CriticalChain chain = critical_chain(t.stream, all, t.facts());
    EXPECT_EQ(flaw(chain, false), "") << to_string(design);
    EXPECT_GT(chain.links.size(), 20u);
    const MachineLedger ledger = trace_ledger(t.stream, all);
    EXPECT_TRUE(ledger.from_trace);
    for (const Ledger& cpu : ledger.cpus) EXPECT_EQ(cpu.total(), ledger.total);
  }
}

/// A boot, then one CPU down, up, and another one down, half a second between each.
std::pair<RunResult, MachineConfig> run_with_pauses() {
  MachineConfig config = load_scenario(source_path("scenarios/boot-8-cpus.json")).config;
  config.operations.push_back({.kind = OpKind::Down, .at = 500_ms, .cpu = 1});
  config.operations.push_back({.kind = OpKind::Up, .at = 1'000_ms, .cpu = 1});
  config.operations.push_back({.kind = OpKind::Down, .at = 1'500_ms, .cpu = 2});
  std::optional<RunResult> result;
  with_bare_simulator([&](Simulator& simulator) { result = simulator.run(config); });
  return {std::move(*result), config};
}

TEST(ExplainTrace, TheTimeBetweenOperationsIsNobodysWait) {
  const TestFolder folder;
  const auto [result, config] = run_with_pauses();
  const TraceSubject t =
      load_trace_subject(folder.write("trace.txt", format_ftrace(result.stream, {.decimals = 9})));
  const std::vector<Span> all = operations_of_trace(t.stream);
  ASSERT_EQ(all.size(), 7u + 3u) << "a way down is one operation";
  EXPECT_EQ(all[7].what, "down");
  EXPECT_EQ(all[7].cpu, 1u);
  EXPECT_EQ(all[8].what, "up");
  EXPECT_EQ(all[9].cpu, 2u);
  const Span whole = walks_of_trace(t.stream);
  EXPECT_GT(whole.paused(), 1'400_ms);
  EXPECT_LT(whole.busy(), 50_ms);
  const CriticalChain chain = critical_chain(t.stream, whole, t.facts());
  EXPECT_EQ(flaw(chain, false), "");
  Ns paused{};
  for (const ChainLink& link : chain.links)
    if (link.kind == LinkKind::Pause) paused += link.duration;
  EXPECT_EQ(paused, whole.paused());
  for (const ChainShare& share : shares(chain, t.boot_cpu))
    EXPECT_TRUE(share.kind == LinkKind::Pause || share.sum < 50_ms) << share.what;
}

TEST(ExplainTrace, ARegistrationIsNoOperation) {
  const TraceSubject t =
      load_trace_subject(source_path("tests/truth/recordings/x86_64-6.1/A-boot-smp4.txt.gz"));
  const std::vector<Span> all = operations_of_trace(t.stream);
  ASSERT_EQ(all.size(), 3u);
  for (const Span& span : all) EXPECT_EQ(span.what, "up");
  const std::vector<bool> registered = registrations_of_trace(t.stream);
  for (std::size_t i = 0; i < registered.size(); ++i)
    if (t.stream.events[i].cpu == 0) {
      EXPECT_TRUE(registered[i]) << i;
    }
}

/// In the window of an operation every CPU's ledger adds up to its length; windows that follow one
/// another add up to the run.
TEST(ExplainLedger, OfAPartOfARun) {
  const auto [result, config] = run_with_pauses();
  const std::vector<Ns> cuts{0_ns, 2_ms, 500_ms, 502'500_us, 1'200_ms, result.end};
  std::vector<Ledger> sums(result.ledgers.size());
  with_bare_simulator([&](Simulator& simulator) {
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
      const RunResult part = simulator.run(config, {.ledgers_of = std::pair(cuts[i], cuts[i + 1])});
      EXPECT_EQ(part.digest, result.digest) << "a look changes nothing";
      for (std::size_t cpu = 0; cpu < sums.size(); ++cpu) {
        EXPECT_EQ(part.ledgers[cpu].total(), cuts[i + 1] - cuts[i]) << cpu;
        sums[cpu].useful += part.ledgers[cpu].useful;
        sums[cpu].spinning += part.ledgers[cpu].spinning;
        sums[cpu].sleeping += part.ledgers[cpu].sleeping;
        sums[cpu].idle += part.ledgers[cpu].idle;
        sums[cpu].stopped += part.ledgers[cpu].stopped;
      }
    }
  });
  EXPECT_EQ(sums, result.ledgers);
}

TEST(ExplainTrace, OfARealBoot) {
  const TraceSubject t =
      load_trace_subject(source_path("tests/truth/recordings/x86_64-6.1/A-boot-smp4.txt.gz"));
  const Span all = walks_of_trace(t.stream);
  EXPECT_LT(all.total(), whole_trace(t.stream).total());
  const CriticalChain chain = critical_chain(t.stream, all, t.facts());
  EXPECT_EQ(flaw(chain, false), "");
  // The AP's way to its first traced event stands in the chain of every CPU.
  const auto boots = std::count_if(chain.links.begin(), chain.links.end(), [](const ChainLink& l) {
    return l.kind == LinkKind::Hardware && l.what == "cpu:bringup";
  });
  EXPECT_EQ(boots, 3);
  const Blame b = blame(t.stream, all, t.facts(), chain);
  EXPECT_THAT(b.rows, Contains(testing::Field(&BlameRow::name, "trace/RB:prepare")));
}

}  // namespace
}  // namespace cpuhp
