// diff: what differs between two runs or traces, and what does not.
#include "sim/analysis/difference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/analysis/trace_subject.hpp"
#include "sim/report/diff_report.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/model/small_machine.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

using testing::HasSubstr;

/// One side that is a run.
struct RanSide {
  MachineConfig config;
  StateTable table;
  RunResult result;

  explicit RanSide(MachineConfig c) : config(std::move(c)), table(effective_table(config)) {
    with_bare_simulator([&](Simulator& simulator) { result = simulator.run(config); });
  }
  DiffSide side(const std::string& label) const {
    return {.label = label,
            .simulated = true,
            .stream = &result.stream,
            .facts = {.steps = step_names(table, result.stream),
                      .table = &table,
                      .boot_cpu = config.boot_cpu,
                      .topology = &config.topology},
            .operations = operations_of(result.stream)};
  }
};

MachineConfig boot_of_8() {
  return load_scenario(source_path("scenarios/boot-8-cpus.json")).config;
}

Difference between(const MachineConfig& a, const MachineConfig& b) {
  const RanSide x(a), y(b);
  return difference(x.side("A"), y.side("B"));
}

TEST(Difference, OfARunWithItselfIsNone) {
  for (int design = 0; design < 4; ++design) {
    MachineConfig config = boot_of_8();
    config.design = static_cast<Design>(design);
    const Difference d = between(config, config);
    EXPECT_TRUE(d.same) << design;
    EXPECT_FALSE(d.first);
    EXPECT_TRUE(d.steps.empty() && d.phases.empty() && d.waits.empty() && d.states.empty());
  }
}

TEST(Difference, NamesTheOneCostThatDiffersFirst) {
  const MachineConfig a = boot_of_8();
  MachineConfig b = a;
  const StateId rb = a.table.find("trace/RB:prepare");
  ASSERT_GE(rb, 0);
  b.costs.set_step(rb, Direction::Up, Cost::fixed(777_us));
  const Difference d = between(a, b);
  EXPECT_FALSE(d.same);
  ASSERT_EQ(d.steps.size(), 1u);
  EXPECT_EQ(d.steps[0].name, "trace/RB:prepare");
  EXPECT_EQ(d.steps[0].count_a, d.steps[0].count_b);
  EXPECT_TRUE(d.phases.empty());
  ASSERT_TRUE(d.first);
  EXPECT_THAT(d.first->why, HasSubstr("later in B"));
  EXPECT_THAT(d.first->context_b[3], HasSubstr("exit trace/RB:prepare"));
  EXPECT_THAT(diff_text(d, {}, {}),
              HasSubstr("most of the difference comes from step trace/RB:prepare"));
}

TEST(Difference, NamesAPhaseThatDiffersFirst) {
  const MachineConfig a = boot_of_8();
  MachineConfig b = a;
  b.costs.phase(Phase::Alive) = Cost::fixed(5_ms);
  const Difference d = between(a, b);
  ASSERT_EQ(d.phases.size(), 1u);
  EXPECT_EQ(d.phases[0].name, "alive");
  EXPECT_EQ(d.phases[0].count_a, 7u);
  EXPECT_THAT(diff_text(d, {}, {}), HasSubstr("most of the difference comes from phase alive"));
}

TEST(Difference, OfTwoResults) {
  MachineConfig a = boot_of_8();
  a.operations.push_back({.kind = OpKind::Down, .cpu = 2});
  MachineConfig b = a;
  b.faults.push_back(test::failing(2, a.table.find("workqueue:online"), Direction::Down, -16));
  const Difference d = between(a, b);
  ASSERT_TRUE(d.first);
  EXPECT_EQ(d.first->cpu, 2u);
  EXPECT_EQ(d.first->why, "another result");
}

TEST(Difference, DesignsShareTheirSteps) {
  MachineConfig a = boot_of_8(), b = a;
  a.design = Design::Symmetric;
  b.design = Design::Parallel;
  const Difference d = between(a, b);
  EXPECT_FALSE(d.same);
  EXPECT_LT(d.total_b, d.total_a);
  EXPECT_EQ(d.chain_a.span.what, "boot");
  EXPECT_FALSE(d.chain_b.links.empty());
}

TEST(Difference, TheLargestDeltaComesFirst) {
  MachineConfig a = boot_of_8(), b = a;
  b.design = Design::Async;
  const Difference d = between(a, b);
  for (const auto* list : {&d.steps, &d.phases, &d.waits, &d.cpus})
    for (std::size_t i = 1; i < list->size(); ++i)
      EXPECT_GE(std::abs((*list)[i - 1].delta().v), std::abs((*list)[i].delta().v));
}

DiffSide side_of_trace(const TraceSubject& t) {
  return {.label = t.file,
          .kernel = t.kernel,
          .stream = &t.stream,
          .facts = t.facts(),
          .states = t.states,
          .operations = {whole_trace(t.stream)}};
}

TEST(Difference, OfTwoKernelsListsWhatCameAndWent) {
  const std::string truth = source_path("tests/truth/recordings/");
  const TraceSubject a = load_trace_subject(truth + "x86_64-6.1/A-boot-smp4.txt.gz");
  const TraceSubject b = load_trace_subject(truth + "x86_64-6.12/A-boot-smp4.txt.gz");
  const Difference d = difference(side_of_trace(a), side_of_trace(b));
  EXPECT_FALSE(d.same);
  ASSERT_TRUE(d.first);
  EXPECT_EQ(d.first->why, "only in B");
  EXPECT_THAT(d.first->context_b[3], HasSubstr("tmigr:prepare"));
  std::vector<std::string> went, came;
  for (const CameOrWent& s : d.states) {
    if (s.in_a && !s.in_b) went.push_back(s.name);
    if (s.in_b && !s.in_a) came.push_back(s.name);
  }
  EXPECT_THAT(went, testing::UnorderedElementsAre("slab:prepare"));
  EXPECT_THAT(came, testing::UnorderedElementsAre(
                        "cpu:kick_ap", "crash/cpuhp", "tick:dying", "tmigr:online", "tmigr:prepare",
                        "x86/cachectrl:starting", "x86/mce:dead", "x86/mce:online"));
  // What is on both sides is aligned by its name, whatever its number.
  const auto rb = std::find_if(d.steps.begin(), d.steps.end(),
                               [](const Delta& x) { return x.name == "trace/RB:prepare"; });
  ASSERT_NE(rb, d.steps.end());
  EXPECT_GT(rb->count_a, 0u);
  EXPECT_GT(rb->count_b, 0u);
}

TEST(Difference, OfATraceWithItselfIsNone) {
  const TraceSubject a =
      load_trace_subject(source_path("tests/truth/recordings/x86_64-6.1/A-boot-smp4.txt.gz"));
  EXPECT_TRUE(difference(side_of_trace(a), side_of_trace(a)).same);
}

}  // namespace
}  // namespace cpuhp
