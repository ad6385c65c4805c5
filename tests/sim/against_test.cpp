// What changed between two campaigns: cases are matched by what they are.
#include "sim/campaign/against.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/error.hpp"
#include "tests/sim/cli_program.hpp"
#include "tests/sim/test_folder.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kLeak =
    R"({"invariant":"I32","place":"rx","cpu":0,"time_ns":1,"text":"t","source":"s","state":null,)"
    R"("state_name":"","callback":"","instance":null,"operation":null,"faults":[],"wanted":"",)"
    R"("events":[],"follows":[]})";

struct Line {
  std::string fault;  ///< its kind; empty: none
  int cpu = 0;
  std::string outcome = "ok";
  std::string returns = "[0,0]";
  std::string findings = {};
  std::string digest = "00000000000000aa";
};

std::string text_of(const std::vector<Line>& lines, const std::string& more = {}) {
  std::string text = R"({"cpuhp_faults":1,"program":"1","scenario":"s","cases":)" +
                     std::to_string(lines.size()) + more + "}\n";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& l = lines[i];
    text += R"({"case":)" + std::to_string(i) + R"(,"design":"async","mode":")" +
            (l.fault.empty() ? "fault_free" : "single") + R"(","faults":[)" +
            (l.fault.empty() ? ""
                             : R"({"kind":")" + l.fault + R"(","cpu":)" + std::to_string(l.cpu) +
                                   R"(,"state":"rx:online"})") +
            R"(],"outcome":")" + l.outcome + R"(","ret":)" + l.returns + R"(,"digest":")" +
            l.digest + R"(","findings":[)" + l.findings + "]}\n";
  }
  return text;
}

class AgainstTest : public testing::Test {
 protected:
  Against compared(const std::vector<Line>& then, const std::vector<Line>& now) {
    Against against(folder.write("old.jsonl", text_of(then)));
    std::istringstream lines(text_of(now));
    std::string line;
    std::getline(lines, line);
    against.set_header(line);
    while (std::getline(lines, line)) against.add(line);
    against.finish();
    return against;
  }
  CaseChange change(const Line& then, const Line& now) {
    const Against against = compared({then}, {now});
    return against.changed().empty() ? CaseChange::Same : against.changed().front().change;
  }

  TestFolder folder;
};

TEST_F(AgainstTest, CasesAreMatchedByTheirFaultAndNotByTheirNumber) {
  const Against against = compared({{}, {"error", 0}, {"error", 1}, {"hang", 1}},
                                   {{}, {"hang", 1}, {"delay", 0}, {"error", 1, "error"}});
  EXPECT_EQ(against.count(CaseChange::Same), 2u);
  EXPECT_EQ(against.count(CaseChange::Came), 1u);
  EXPECT_EQ(against.count(CaseChange::Went), 1u);
  EXPECT_EQ(against.count(CaseChange::Worse), 1u);
  std::vector<std::string> told;
  for (const ChangedCase& c : against.changed())
    told.push_back(std::string(to_string(c.change)) + ' ' + c.what);
  EXPECT_THAT(told, ElementsAre("came delay in rx:online of CPU 0, up",
                                "worse error in rx:online of CPU 1, up",
                                "went error in rx:online of CPU 0, up"));
  EXPECT_EQ(against.changed()[1].then->number, 2u);
  EXPECT_EQ(against.changed()[1].now->number, 3u);
}

TEST_F(AgainstTest, CasesThatAreTheSameAreMatchedInTheirOrder) {
  const Against against = compared({{}, {}, {}}, {{}, {"", 0, "hang"}});
  EXPECT_EQ(against.count(CaseChange::Same), 1u);
  EXPECT_EQ(against.count(CaseChange::Worse), 1u);
  EXPECT_EQ(against.count(CaseChange::Went), 1u);
  EXPECT_EQ(against.changed()[0].then->number, 1u);
  EXPECT_EQ(against.changed()[1].then->number, 2u);
}

TEST_F(AgainstTest, WhatIsWorseIsAGraverOutcomeOrANewFinding) {
  const std::vector<std::string> outcomes{"ok", "error", "hang", "panic", "crash"};
  for (std::size_t a = 0; a < outcomes.size(); ++a)
    for (std::size_t b = 0; b < outcomes.size(); ++b)
      EXPECT_EQ(change({"error", 0, outcomes[a]}, {"error", 0, outcomes[b]}),
                a == b  ? CaseChange::Same
                : a < b ? CaseChange::Worse
                        : CaseChange::Better)
          << outcomes[a] << " to " << outcomes[b];
  const Line sound{"error"}, other{"error", 0, "ok", "[0,-11]"},
      leaking{"error", 0, "ok", "[0,0]", kLeak};
  EXPECT_EQ(change(sound, other), CaseChange::Otherwise);
  EXPECT_EQ(change(sound, leaking), CaseChange::Worse);
  EXPECT_EQ(change(leaking, sound), CaseChange::Better);
  EXPECT_EQ(change(leaking, leaking), CaseChange::Same);
  Line milder = leaking;
  milder.outcome = "ok";
  EXPECT_EQ(change({"error", 0, "hang"}, milder), CaseChange::Worse) << "milder, but it leaks";
}

TEST_F(AgainstTest, AFindingOfACaseThatCameIsWorse) {
  const Against against = compared({{}}, {{}, {"error", 0, "ok", "[0,0]", kLeak}});
  EXPECT_TRUE(against.is_worse());
  ASSERT_EQ(against.fresh().size(), 1u);
  EXPECT_EQ(against.fresh()[0].title, "I32 of rx");
  EXPECT_EQ(against.fresh()[0].first_case, 1u);
  EXPECT_FALSE(compared({{}}, {{}, {"hang", 0, "hang"}}).is_worse()) << "which its fault explains";
}

TEST_F(AgainstTest, AnotherCourseIsNoChange) {
  const Against against = compared({{}}, {{"", 0, "ok", "[0,0]", "", "00000000000000bb"}});
  EXPECT_EQ(against.count(CaseChange::Same), 1u);
  EXPECT_EQ(against.other_course(), 1u);
}

TEST_F(AgainstTest, AllAreCountedAndSomeAreKept) {
  std::vector<Line> then(kChangedKeptMax + 5), now = then;
  for (Line& line : now) line.outcome = "hang";
  const Against against = compared(then, now);
  EXPECT_EQ(against.count(CaseChange::Worse), now.size());
  EXPECT_EQ(against.changed().size(), kChangedKeptMax);
}

TEST_F(AgainstTest, ACampaignThatLacksCasesIsRefused) {
  const std::string text = text_of({{}, {"error"}});
  folder.write("old.jsonl", text.substr(0, text.size() - 1));
  try {
    const Against against(folder.path("old.jsonl"));
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("the file lacks 1 of 2 cases"));
  }
}

std::string driver(const std::string& resource) {
  return R"({"version": 1, "machine": {"cores": 2}, "table": "scenarios/tables/x86_64-6.12.json",
    "states": [{"name": "nic/queues:online", "dynamic": "online", "startup": "nic_online",
                "teardown": "nic_offline", "resources": [)" +
         resource + R"(]}],
    "operations": [{"op": "boot"}, {"op": "setup", "state": "nic/queues:online"}]})";
}

TEST(CliAgainst, ALeakThatCameIsFoundAndOneThatStaysIsNone) {
  const Program p("s.json", driver(R"("rx")"));
  const std::string command = "faults s.json --designs parallel --kinds error ";
  EXPECT_EQ(p.call(command + "--out old.jsonl").code, 0);
  p.write("s.json", driver(R"({"name": "rx", "on_error": "kept"})"));
  const Called worse = p.call(command + "--out new.jsonl --against old.jsonl --format json");
  EXPECT_EQ(worse.code, 1) << worse.err;
  const Json d = Json::parse(worse.out);
  EXPECT_EQ(d["worse"], true);
  EXPECT_EQ(d["new_findings"][0]["title"], "state-resource-leak of rx");
  EXPECT_THAT(std::string(d["new_findings"][0]["repeat"]), HasSubstr("run findings/"));
  const Called merged = p.call("faults --merge new.jsonl --against old.jsonl --junit j.xml");
  EXPECT_EQ(merged.code, 1);
  EXPECT_THAT(merged.out, HasSubstr("runs got worse\n"));
  EXPECT_THAT(p.text("j.xml"), HasSubstr("<failure"));
  EXPECT_EQ(p.call("faults --merge new.jsonl --against old.jsonl --format ktap").code, 1);
  const Called same = p.call(command + "--out new.jsonl --against new.jsonl");
  EXPECT_EQ(same.code, 0) << "its finding is an old one: " << same.out;
  EXPECT_THAT(same.out, HasSubstr("nothing got worse\n"));
  const Called better = p.call("faults --merge old.jsonl --against new.jsonl");
  EXPECT_EQ(better.code, 0);
  EXPECT_THAT(better.out, HasSubstr("better: case "));
}

TEST(CliAgainst, OtherOptionsAreNotedAndAShardIsRefused) {
  const Program p("s.json", driver(R"("rx")"));
  p.call("faults s.json --designs parallel --kinds never_alive --out old.jsonl");
  const Called c =
      p.call("faults s.json --designs parallel --kinds never_alive,error --against old.jsonl");
  EXPECT_EQ(c.code, 0) << c.err;
  EXPECT_THAT(c.out, HasSubstr("note: kinds of the campaigns differ"));
  EXPECT_EQ(p.call("faults s.json --shard 1/2 --against old.jsonl").code, 2);
  EXPECT_EQ(p.call("faults s.json --against missing.jsonl").code, 2);
}

}  // namespace
}  // namespace cpuhp
