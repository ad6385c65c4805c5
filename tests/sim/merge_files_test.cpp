// Merging campaign files is a union: in whatever order and steps, and however often.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "sim/campaign/merge.hpp"
#include "sim/campaign/shard.hpp"
#include "sim/error.hpp"
#include "tests/file_text.hpp"
#include "tests/sim/test_folder.hpp"

namespace cpuhp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string header(std::uint64_t cases, const std::string& shard = {}) {
  return R"({"cpuhp_faults":1,"scenario":"s","cases":)" + std::to_string(cases) +
         (shard.empty() ? "" : R"(,"shard":{)" + shard + '}') + "}\n";
}

std::string of_shard(std::uint64_t cases, const Shard& shard) {
  return header(cases, R"("index":)" + std::to_string(shard.index + 1) + R"(,"of":)" +
                           std::to_string(shard.of));
}

std::string line(std::uint64_t number) {
  return R"({"case":)" + std::to_string(number) + R"(,"findings":[]})" + '\n';
}

/// The first `done` cases of a shard.
std::string shard_file(std::uint64_t cases, const Shard& shard, std::uint64_t done) {
  std::string text = of_shard(cases, shard);
  for (std::uint64_t i = 0; i < done; ++i) text += line(shard.number(i));
  return text;
}

std::string whole_file(std::uint64_t cases) {
  std::string text = header(cases);
  for (std::uint64_t i = 0; i < cases; ++i) text += line(i);
  return text;
}

class MergeOfFiles : public testing::Test {
 protected:
  Merged merge(const std::vector<std::string>& names, const std::string& out = "out") {
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back(folder.path(name));
    seen.clear();
    return merge_campaign_files(paths, out.empty() ? "" : folder.path(out),
                                [&](const std::string& text) { seen.push_back(text); });
  }
  std::string refused(const std::vector<std::string>& names) {
    try {
      merge(names);
    } catch (const BadInput& error) {
      return error.what();
    }
    return "not refused";
  }
  std::string text(const std::string& name) const { return file_text(folder.path(name)); }

  TestFolder folder;
  std::vector<std::string> seen;
};

TEST_F(MergeOfFiles, AllShardsAreTheWhole) {
  for (std::uint64_t i = 0; i < 3; ++i)
    folder.write(std::to_string(i), shard_file(10, {i, 3}, Shard{i, 3}.cases(10)));
  const Merged merged = merge({"2", "0", "1"});
  EXPECT_EQ(merged.missing, 0u);
  EXPECT_THAT(merged.gaps, ElementsAre());
  EXPECT_EQ(merged.header + '\n', header(10));
  EXPECT_EQ(text("out"), whole_file(10));
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_EQ(merge({"out"}, "again").missing, 0u);
  EXPECT_EQ(text("again"), text("out"));
}

TEST_F(MergeOfFiles, WhatIsMissingIsNamed) {
  folder.write("2", shard_file(100, {1, 8}, 13));
  folder.write("4", shard_file(100, {3, 8}, 5));
  folder.write("8", shard_file(100, {7, 8}, 0));
  const Merged merged = merge({"8", "2", "4"});
  EXPECT_EQ(merged.missing, 82u);
  EXPECT_EQ(merged.cases, 100u);
  EXPECT_THAT(merged.gaps,
              ElementsAre("shards 1, 3, 5-8 of 8 are missing",
                          "shard 4 of 8 has 5 of its 13 cases, and lacks case 43 first"));
  EXPECT_EQ(text("out").substr(0, text("out").find('\n') + 1), header(100, R"("of":8)"));
}

TEST_F(MergeOfFiles, AWholeCampaignThatWasInterruptedIsAPartToo) {
  folder.write("a", whole_file(9).substr(0, whole_file(9).size() - 3));
  const Merged merged = merge({"a"});
  EXPECT_THAT(merged.gaps,
              ElementsAre("the campaign has 8 of its 9 cases, and lacks case 8 first"));
  folder.write("3", shard_file(9, {2, 3}, 3));
  EXPECT_EQ(merge({"out", "3"}, "whole").missing, 0u);
  EXPECT_EQ(text("whole"), whole_file(9));
}

TEST_F(MergeOfFiles, AShardWithoutACaseIsNotMissing) {
  folder.write("1", shard_file(2, {0, 4}, 1));
  EXPECT_THAT(merge({"1"}).gaps, ElementsAre("shard 2 of 4 is missing"));
  folder.write("2", shard_file(2, {1, 4}, 1));
  EXPECT_EQ(merge({"1", "2"}).missing, 0u);
}

// Any files of a campaign, merged at once, or first some of them and in any order, some twice.
TEST_F(MergeOfFiles, IsAssociativeAndIdempotent) {
  std::mt19937 rng(1);
  int parts = 0, wholes = 0;
  for (int round = 0; round < 150; ++round) {
    const std::uint64_t cases = rng() % 30, of = 1 + rng() % 5;
    std::vector<std::string> names;
    for (std::uint64_t i = 0; i < of; ++i) {
      const Shard shard{i, of};
      const std::uint64_t all = shard.cases(cases);
      const std::string full = of == 1 ? whole_file(cases) : shard_file(cases, shard, all);
      // as it is, interrupted at any byte, or not there
      const std::uint32_t how = rng() % 4;
      if (how == 0 && i > 0) continue;
      names.push_back("p" + std::to_string(i));
      folder.write(names.back(),
                   full.substr(0, how == 1 && i > 0 ? rng() % (full.size() + 1) : full.size()));
    }
    const Merged at_once = merge(names);
    const std::vector<std::string> lines = seen;
    (at_once.missing == 0 ? wholes : parts) += 1;
    std::vector<std::string> order = names;
    order.push_back(names[rng() % names.size()]);
    std::shuffle(order.begin() + 1, order.end(), rng);
    if (names.front() != order.front()) std::swap(order.front(), names.front());
    const auto cut = static_cast<std::ptrdiff_t>(1 + rng() % order.size());
    std::vector<std::string> first(order.begin(), order.begin() + cut),
        rest(order.begin() + cut, order.end());
    merge(first, "first");
    rest.insert(rest.begin() + static_cast<std::ptrdiff_t>(rng() % (rest.size() + 1)), "first");
    const Merged in_steps = merge(rest, "steps");
    ASSERT_EQ(text("steps"), text("out")) << "round " << round;
    ASSERT_EQ(in_steps.missing, at_once.missing);
    ASSERT_EQ(in_steps.gaps, at_once.gaps);
    ASSERT_EQ(merge({"out", "steps", "first"}, "same").missing, at_once.missing);
    ASSERT_EQ(text("same"), text("out"));
    if (at_once.missing == 0) {
      ASSERT_EQ(text("out"), whole_file(cases));
      ASSERT_EQ(lines.size(), cases);
    }
  }
  EXPECT_GT(parts, 25);
  EXPECT_GT(wholes, 25);
}

TEST_F(MergeOfFiles, FilesThatDoNotFitAreRefused) {
  folder.write("1", shard_file(10, {0, 2}, 5));
  folder.write("empty", "");
  folder.write("cut", header(10).substr(0, 20));
  folder.write("other", header(11));
  folder.write("of3", shard_file(10, {0, 3}, 1));
  folder.write("no", "{}\n");
  folder.write("text", "hello");
  folder.write("changed", of_shard(10, {0, 2}) + R"({"case":4,"findings":[{}]})" + '\n');
  folder.write("order", header(10) + line(4) + line(3));
  folder.write("twice", header(10) + line(4) + line(4));
  folder.write("far", header(10) + line(10));
  folder.write("of_another", of_shard(10, {0, 2}) + line(1));
  folder.write("much", header(10, R"("index":1,"of":65537)"));
  EXPECT_THAT(refused({"1", "other"}), HasSubstr("belongs to another campaign than"));
  EXPECT_THAT(refused({"1", "of3"}), HasSubstr("has another number of shards than"));
  EXPECT_THAT(refused({"1", "changed"}), HasSubstr("have different results of case 4"));
  EXPECT_THAT(refused({"order"}), HasSubstr("case 3 follows case 4"));
  EXPECT_THAT(refused({"twice"}), HasSubstr("case 4 follows case 4"));
  EXPECT_THAT(refused({"far"}), HasSubstr("case 10 is not a case of this file's header"));
  EXPECT_THAT(refused({"of_another"}), HasSubstr("case 1 is not a case of this file's header"));
  for (const char* name : {"no", "text", "much"})
    EXPECT_THAT(refused({"1", name}), HasSubstr("expected a file that `cpuhp-sim faults --out`"));
  EXPECT_THAT(refused({"1", "absent"}), HasSubstr("cannot read"));
  EXPECT_THAT(refused({"empty", "cut"}), HasSubstr("none of the files"));
  EXPECT_EQ(merge({"1", "empty", "cut"}).missing, 5u) << "who wrote it was killed at once";
}

TEST_F(MergeOfFiles, EachCaseIsSeenOnceWhateverTheOutputIs) {
  folder.write("1", shard_file(10, {0, 2}, 5));
  folder.write("2", shard_file(10, {1, 2}, 5));
  for (const char* out : {"", "out", "out", "/dev/null"}) {
    EXPECT_EQ(merge({"1", "2"}, out).missing, 0u);
    EXPECT_EQ(seen.size(), 10u) << out;
    EXPECT_EQ(merge({"2"}, out).missing, 5u);
    EXPECT_EQ(seen.size(), 5u) << out;
  }
}

TEST_F(MergeOfFiles, WithoutAnOutputNothingIsWritten) {
  folder.write("1", shard_file(10, {0, 2}, 5));
  EXPECT_EQ(merge({"1"}, "").missing, 5u);
  EXPECT_EQ(seen.size(), 5u);
}

}  // namespace
}  // namespace cpuhp
