// Which invariants had something to judge, and which walks turned back.
#include "model/checks/exercised.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "model/checks/checks.hpp"
#include "model/checks/watch/watches.hpp"
#include "model/judged_run.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {

void PrintTo(const Turn& turn, std::ostream* out) {
  *out << turn.at << (turn.up ? " up " : " down ") << turn.to;
}

namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

bool has(const Exercised& exercised, std::string_view invariant) {
  for (std::size_t i = 0; i < kExercises.size(); ++i)
    if (kExercises[i].invariant == invariant) return (exercised.invariants() >> i & 1) != 0;
  ADD_FAILURE() << invariant << " has no row";
  return false;
}

Exercised exercised_by(const MachineConfig& config) {
  const RunResult r = run(config);
  Exercised exercised;
  exercised.take(r.stream, judged_by(config, r.ok()));
  return exercised;
}

TEST(Exercised, HasARowForEachInvariant) {
  std::set<std::string_view> laws, rows;
  for (const std::vector<Law>& some : {walk_laws(), watch_laws()})
    for (const Law& law : some) laws.insert(law.invariants);
  for (const Exercise& e : kExercises) EXPECT_TRUE(rows.insert(e.invariant).second) << e.invariant;
  EXPECT_EQ(laws, rows);
}

TEST(Exercised, NothingByNothing) {
  EXPECT_EQ(Exercised().invariants(), 0u);
  EXPECT_THAT(Exercised().turns(), IsEmpty());
}

struct ExerciseRow {
  const char* what;
  std::vector<Operation> operations;
  std::vector<Fault> faults;
  std::vector<std::string_view> judged, idle;  ///< invariants that had something to judge, or not
  std::vector<Turn> turns = {};
};

class ExercisedBy : public testing::TestWithParam<ExerciseRow> {};

TEST_P(ExercisedBy, ARun) {
  const ExerciseRow& row = GetParam();
  MachineConfig config = small_machine(row.operations, Design::Symmetric, Rules::of({6, 12}));
  config.faults = row.faults;
  const Exercised exercised = exercised_by(config);
  for (const std::string_view invariant : row.judged)
    EXPECT_TRUE(has(exercised, invariant)) << row.what << ": " << invariant;
  for (const std::string_view invariant : row.idle)
    EXPECT_FALSE(has(exercised, invariant)) << row.what << ": " << invariant;
  EXPECT_EQ(exercised.turns(), row.turns) << row.what;
}

Fault error_of_cpu1(StateId state, Direction direction) {
  return {.kind = FaultKind::Error, .cpu = 1, .state = state, .direction = direction};
}

INSTANTIATE_TEST_SUITE_P(
    Runs, ExercisedBy,
    testing::Values(ExerciseRow{"a boot",
                                {op_boot()},
                                {},
                                {"I1", "I3", "I8", "I14", "boot", "I31", "told"},
                                {"I7", "I10", "I11, I12", "I13", "I16", "I19", "I27", "I34", "I39",
                                 "I43", "panic", "state-resource-taken", "smt", "kexec"}},
                    ExerciseRow{"a takedown",
                                {op_boot(), op_down(1)},
                                {},
                                {"I19", "I27", "I36", "I38"},
                                {"I7", "I10", "I11, I12", "I13"}},
                    ExerciseRow{"a failed bring-up",
                                {op_boot()},
                                {error_of_cpu1(kX, Direction::Up)},
                                {"I10", "I11, I12", "I13"},
                                {"I7"},
                                {{kX, true, 0}}},
                    ExerciseRow{"a failed takedown",
                                {op_boot(), op_down(1)},
                                {error_of_cpu1(kX, Direction::Down)},
                                {"I10", "I11, I12", "I13"},
                                {"I7", "I19"},
                                {{kX, false, kOnline}}},
                    ExerciseRow{"an error with interrupts off",
                                {op_boot()},
                                {error_of_cpu1(kStartingOne, Direction::Up)},
                                {"I7"},
                                {"I10"}},
                    ExerciseRow{"a refused takedown",
                                {op_boot(), op_down(1)},
                                {{.kind = FaultKind::RefusedTakedown, .cpu = 1, .error = -16}},
                                {"I13"},
                                {"I7"},
                                {{kTeardown, false, kOnline}}},
                    ExerciseRow{"an AP that never comes",
                                {op_boot()},
                                {{.kind = FaultKind::NeverAlive, .cpu = 1}},
                                {"I13", "I41"},
                                {},
                                {{kBringup, true, 0}}},
                    ExerciseRow{"the file fail",
                                {op_boot(), op_write("cpu1/hotplug/fail", "14"), op_down(1)},
                                {},
                                {"I30", "I13"},
                                {},
                                {{kX, false, kOnline}}},
                    ExerciseRow{"a part of the way",
                                {op_boot(), op_down(1, kX), op_up(1)},
                                {error_of_cpu1(kY, Direction::Up)},
                                {"I13"},
                                {},
                                {{kY, true, 0}}},
                    ExerciseRow{"a panic",
                                {op_boot()},
                                {{.kind = FaultKind::Panic, .cpu = 1, .state = kX}},
                                {"panic"},
                                {"I8"}},
                    ExerciseRow{
                        "a suspend", {op_boot(), op_suspend(), op_resume()}, {}, {"I34"}, {}}),
    [](const testing::TestParamInfo<ExerciseRow>& row) {
      return "Row" + std::to_string(row.index);
    });

/// Two cores of two threads, of which CPU 3 is offline when the last operation begins.
Exercised exercised_on(const std::string& table, const std::string& operation) {
  return exercised_by(
      parse_scenario(R"({"version":1,"machine":{"cores":2,"threads":2},"table":"tables/)" + table +
                         R"(.json","design":"symmetric","operations":[{"op":"boot"},)"
                         R"({"op":"down","cpu":3},)" +
                         operation + "]}",
                     CPUHP_SOURCE_DIR "/scenarios/test.json")
          .config);
}

TEST(Exercised, WhatSmtControlStartsIsJudgedOnlyInAKernelThatPromisesIt) {
  const std::string off = R"({"op":"write","path":"smt/control","value":"off"})";
  EXPECT_TRUE(has(exercised_on("x86_64-7.3", off), "smt"));
  EXPECT_FALSE(has(exercised_on("x86_64-6.1", off), "smt"));
}

TEST(Exercised, AKexecIsJudgedOnlyWhereItWakesTheCpus) {
  const std::string kexec = R"({"op":"shutdown","kexec":true})";
  EXPECT_TRUE(has(exercised_on("ppc64el-6.12", kexec), "kexec"));
  EXPECT_FALSE(has(exercised_on("ppc64el-6.12", R"({"op":"shutdown"})"), "kexec"));
}

TEST(Exercised, ARunInPartsIsThatOfTheWhole) {
  MachineConfig config = small_machine({op_boot(), op_down(1), op_down(1), op_up(1)},
                                       Design::Symmetric, Rules::of({6, 12}));
  config.faults = {error_of_cpu1(kX, Direction::Down), error_of_cpu1(kY, Direction::Up)};
  config.faults[1].nth = 3;  // the first times are at boot, and on the way back from kX
  const RunResult r = run(config);
  const Judged judged = judged_by(config, r.ok());
  Exercised whole, parts;
  whole.take(r.stream, judged);
  for (std::size_t begin = 0; begin < r.stream.events.size(); begin += 7) {
    EventStream part{.names = r.stream.names, .nr_cpus = r.stream.nr_cpus, .first = begin};
    const std::size_t end = std::min(begin + 7, r.stream.events.size());
    part.events.assign(r.stream.events.begin() + static_cast<std::ptrdiff_t>(begin),
                       r.stream.events.begin() + static_cast<std::ptrdiff_t>(end));
    parts.take(part, judged);
  }
  EXPECT_EQ(parts.invariants(), whole.invariants());
  EXPECT_EQ(parts.turns(), whole.turns());
  EXPECT_EQ(whole.turns().size(), 2u);
}

}  // namespace
}  // namespace cpuhp
