// Which part of a campaign a process runs: by its option, or by what its environment names.
#include "sim/campaign/shard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sim/error.hpp"
#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

using testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

Environment of(const Variables& variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string named(const Variables& variables, const std::string& word = "auto") {
  return to_string(shard_of_environment(word, of(variables)).shard);
}

std::string refused(const Variables& variables, const std::string& word = "auto") {
  try {
    return "not refused: " + named(variables, word);
  } catch (const BadInput& error) {
    return error.what();
  }
}

Variables slurm(const std::string& id, const std::string& min, const std::string& max,
                const std::string& count, const std::string& step = "1") {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", min},
          {"SLURM_ARRAY_TASK_MAX", max},
          {"SLURM_ARRAY_TASK_COUNT", count},
          {"SLURM_ARRAY_TASK_STEP", step}};
}

Variables both(Variables one, const Variables& other) {
  one.insert(other.begin(), other.end());
  return one;
}

const Variables kGtest{{"GTEST_SHARD_INDEX", "2"}, {"GTEST_TOTAL_SHARDS", "8"}};
const Variables kLava{{"SHARD_INDEX", "3"}, {"SHARD_NUMBER", "8"}};

TEST(Shard, ItsCasesAreEveryNth) {
  const Shard third = parse_shard("3/8");
  EXPECT_EQ(third.number(0), 2u);
  EXPECT_EQ(third.number(1), 10u);
  EXPECT_EQ(third.cases(10), 1u);
  EXPECT_EQ(third.cases(11), 2u);
  EXPECT_EQ(third.cases(2), 0u);
  EXPECT_EQ(third.cases(0), 0u);
  for (const char* bad : {"0/3", "4/3", "1", "1/", "/1", "1/65537", "1/2/3", "-1/3", "automatic"})
    EXPECT_THROW(parse_shard(bad), BadInput) << bad;
}

TEST(Shard, EachEngineIsUnderstood) {
  EXPECT_EQ(named(slurm("3", "1", "8", "8")), "3/8");
  EXPECT_EQ(named(slurm("0", "0", "7", "8")), "1/8");
  EXPECT_EQ(named(slurm("5", "1", "15", "8", "2")), "3/8");
  EXPECT_EQ(named(slurm("14", "0", "14", "8", "2")), "8/8");
  EXPECT_EQ(named(kGtest), "3/8");
  EXPECT_EQ(named(kLava), "3/8");
  EXPECT_EQ(named({{"PARALLEL_SEQ", "3"}}, "auto/8"), "3/8");
}

TEST(Shard, WhatNamesItIsTold) {
  EXPECT_EQ(shard_of_environment("auto", of(kGtest)).by,
            "GTEST_SHARD_INDEX=2, GTEST_TOTAL_SHARDS=8");
}

TEST(Shard, EnginesThatAgreeAreNoConflict) {
  EXPECT_EQ(named(both(kGtest, kLava)), "3/8");
  EXPECT_EQ(named(both(kGtest, slurm("3", "1", "8", "8")), "auto/8"), "3/8");
}

TEST(Shard, EnginesThatDisagreeAreRefused) {
  EXPECT_EQ(refused(both(kGtest, slurm("2", "1", "8", "8"))),
            "--shard auto: SLURM_ARRAY_TASK_ID=2, SLURM_ARRAY_TASK_MIN=1, SLURM_ARRAY_TASK_MAX=8, "
            "SLURM_ARRAY_TASK_COUNT=8, SLURM_ARRAY_TASK_STEP=1 is shard 2/8, but "
            "GTEST_SHARD_INDEX=2, GTEST_TOTAL_SHARDS=8 is shard 3/8; unset one of them, or give "
            "--shard I/N");
  EXPECT_THAT(refused(kLava, "auto/4"), HasSubstr("says 8 shards, the option 4"));
}

TEST(Shard, WhatIsMissingIsNamed) {
  EXPECT_THAT(refused({}), HasSubstr("the environment names no shard"));
  EXPECT_THAT(refused({{"PARALLEL_SEQ", "3"}}), HasSubstr("give --shard auto/N"));
  EXPECT_EQ(refused({{"GTEST_SHARD_INDEX", "2"}}),
            "--shard auto: GTEST_TOTAL_SHARDS is not set, although GTEST_SHARD_INDEX=2");
  EXPECT_EQ(refused({{"SHARD_NUMBER", "2"}}),
            "--shard auto: SHARD_INDEX is not set, although SHARD_NUMBER=2");
  EXPECT_THAT(refused({{"SLURM_ARRAY_TASK_ID", "2"}}),
              HasSubstr("SLURM_ARRAY_TASK_MIN is not set"));
}

// Two tasks that are submitted once more would be an array of two, and run other cases.
TEST(Shard, APartOfAnArrayIsNoShard) {
  for (const Variables& part : {slurm("3", "3", "7", "2"), slurm("3", "3", "3", "1"),
                                slurm("3", "1", "8", "3"), slurm("5", "5", "8", "4")})
    EXPECT_THAT(refused(part), HasSubstr("give --shard I/N"));
}

TEST(Shard, NumbersThatCannotBeAreRefused) {
  EXPECT_THAT(refused({{"PARALLEL_SEQ", "0"}}, "auto/8"), HasSubstr("no shard has the number"));
  EXPECT_THAT(refused({{"PARALLEL_SEQ", "9"}}, "auto/8"), HasSubstr("no shard has the number"));
  EXPECT_THAT(refused({{"PARALLEL_SEQ", "x"}}, "auto/8"), HasSubstr("expected a whole number"));
  EXPECT_THAT(refused(slurm("1", "1", "1", "0")), HasSubstr("give --shard I/N"));
  EXPECT_THAT(refused(slurm("1", "1", "1", "1", "0")), HasSubstr("give --shard I/N"));
  for (const char* word : {"auto/", "auto/0", "auto/x", "auto/65537"})
    EXPECT_THAT(refused(kGtest, word), HasSubstr("expected auto/N"));
}

TEST(Shard, TheProgramSaysWhichOneItRuns) {
  const Program p;
  const std::string command =
      "faults scenarios/offline-one-cpu.json --random 9 --designs async --out o.jsonl --shard ";
  const Called c = p.call(command + "auto/4", "PARALLEL_SEQ=2");
  EXPECT_EQ(c.code, 0) << c.err;
  EXPECT_THAT(c.err, HasSubstr("shard 2/4 by PARALLEL_SEQ=2\n"));
  EXPECT_THAT(p.text("o.jsonl"), HasSubstr(R"("shard":{"index":2,"of":4},)"));
  const Called refused = p.call(command + "auto", "SHARD_INDEX=2");
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err,
            "cpuhp-sim: error: --shard auto: SHARD_NUMBER is not set, although SHARD_INDEX=2\n");
}

}  // namespace
}  // namespace cpuhp
