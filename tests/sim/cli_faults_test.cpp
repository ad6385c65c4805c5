// cpuhp-sim faults: campaigns as a user sees them, and their files after a SIGKILL at any moment.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

/// Two CPUs, one driver; small enough to run all of it again and again.
std::string driver(const std::string& resource) {
  return R"({"version": 1, "machine": {"cores": 2}, "table": "scenarios/tables/x86_64-6.12.json",
    "states": [{"name": "nic/queues:online", "dynamic": "online", "startup": "nic_online",
                "teardown": "nic_offline", "resources": [)" +
         resource + R"(]}],
    "operations": [{"op": "boot"}, {"op": "setup", "state": "nic/queues:online"}]})";
}
const std::string kSound = driver(R"("rx_queue")");
const std::string kLeaking = driver(R"("rx_queue", {"name": "tx_queue", "on_error": "kept"})");
const std::string kCampaign = "faults s.json --designs symmetric,async --kinds error,never_alive ";

TEST(CliFaults, APlantedLeakIsFoundReducedAndRepeated) {
  const Program p;
  std::string text = kLeaking;
  text.replace(text.find("\"cores\": 2"), 10, "\"sockets\": 2, \"cores\": 2, \"threads\": 2");
  p.write("s.json", text);
  const Called c = p.call("faults s.json --kinds error --designs parallel --format json");
  EXPECT_EQ(c.code, 1) << c.err;
  const Json d = Json::parse(c.out);
  const auto leak = std::find_if(d["findings"].begin(), d["findings"].end(), [](const Json& f) {
    return f["invariant"] == "state-resource-leak";
  });
  ASSERT_NE(leak, d["findings"].end()) << c.out;
  EXPECT_EQ((*leak)["place"], "tx_queue");
  EXPECT_EQ((*leak)["reduced"]["reproduced"], true);
  EXPECT_LE((*leak)["reduced"]["cpus"], 2);
  EXPECT_LE((*leak)["reduced"]["states"], 3);
  EXPECT_LE((*leak)["reduced"]["faults"], 1);
  const std::string repeat = (*leak)["repeat"];
  ASSERT_EQ(repeat.find("cpuhp-sim run findings/"), 0u) << repeat;
  const Called again = p.call(repeat.substr(repeat.find("run ")));
  EXPECT_EQ(again.code, 0) << "its expect is the finding" << again.out;
  EXPECT_THAT(again.out, HasSubstr("state-resource-leak"));
  const Called suite = p.call("test findings");
  EXPECT_EQ(suite.code, 0) << suite.out << suite.err;
  std::filesystem::remove(p.folder() / "scenarios");
  EXPECT_EQ(p.call(repeat.substr(repeat.find("run "))).code, 0) << "it needs no other file";
}

TEST(CliFaults, ASoundDriverHasNoFindings) {
  const Program p("s.json", kSound);
  const Called c = p.call("faults s.json --designs parallel --kinds error --jobs 2");
  EXPECT_EQ(c.code, 0) << c.out;
  EXPECT_THAT(c.out, HasSubstr("no findings\n"));
  EXPECT_EQ(p.files(), std::set<std::string>{"s.json"}) << "nothing was asked for";
}

TEST(CliFaults, VerifyRunsCasesAgainAndTellsADifference) {
  const Program p("s.json", kSound);
  const std::string command = kCampaign + "--jobs 2 --random 20 --out x.jsonl --verify ";
  const Called c = p.call(command + "100");
  EXPECT_NE(c.code, 70) << c.err;
  EXPECT_THAT(c.err, HasSubstr("verified: 20 of 20 runs"));
  const std::string file = p.text("x.jsonl");
  EXPECT_EQ(p.call(command + "0.0001").code, c.code);
  EXPECT_EQ(p.text("x.jsonl"), file);
  std::string other = file;
  char& digit = other[other.rfind("\"digest\":\"") + 10];
  digit = digit == '0' ? '1' : '0';
  p.write("x.jsonl", other);
  const Called differs = p.call(command + "100");
  EXPECT_EQ(differs.code, 70);
  EXPECT_THAT(differs.err, HasSubstr("internal error: case 19 had another result"));
  for (const char* bad : {"0", "-1", "100.5", "nan", "much"})
    EXPECT_EQ(p.call(command + bad).code, 2) << bad;
  EXPECT_EQ(p.call("faults --merge x.jsonl --out y.jsonl --verify 5").code, 2);
}

TEST(CliFaults, DesignsThatTheScenarioDoesNotAllowAreLeftOut) {
  const Program p("s.json", kSound);
  const Called c = p.call("faults s.json --kinds never_alive");
  EXPECT_THAT(c.out, HasSubstr("note: the notifier design was skipped"));
  EXPECT_EQ(p.call("faults s.json --kinds never_alive --designs notifier").code, 2);
}

TEST(CliFaults, FilesAreTheSameWhateverTheJobs) {
  const Program p("s.json", kSound);
  p.call(kCampaign + "--jobs 1 --out 1.jsonl --random 20 --singles");
  p.call(kCampaign + "--jobs 3 --out 3.jsonl --random 20 --singles");
  const std::string text = p.text("1.jsonl");
  EXPECT_GT(std::count(text.begin(), text.end(), '\n'), 100);
  EXPECT_EQ(text, p.text("3.jsonl"));
  EXPECT_EQ(p.call(kCampaign + "--jobs 1 --out 1.jsonl --random 20 --singles").out,
            p.call(kCampaign + "--jobs 3 --random 20 --singles").out)
      << "a report of what the file has is that of the campaign";
  EXPECT_EQ(text, p.text("1.jsonl"));
}

TEST(CliFaults, ShardsMergeToTheWhole) {
  const Program p("s.json", kSound);
  const std::string whole = p.call(kCampaign + "--out all.jsonl").out;
  for (const std::string i : {"1", "2", "3"})
    p.call(kCampaign + "--shard " + i + "/3 --out " + i + ".jsonl");
  const Called merged = p.call("faults --merge 3.jsonl 1.jsonl 2.jsonl --out m.jsonl");
  EXPECT_EQ(merged.code, 0) << merged.err;
  EXPECT_EQ(merged.out.substr(merged.out.find('\n')), whole.substr(whole.find('\n')));
  EXPECT_EQ(p.text("m.jsonl"), p.text("all.jsonl"));
  EXPECT_EQ(p.call("faults --merge 1.jsonl --out 1.jsonl").code, 2) << "not over its own input";
  EXPECT_EQ(p.call("faults s.json --shard 0/3").code, 2);
  EXPECT_EQ(p.call("faults s.json --shard 4/3").code, 2);
}

TEST(CliFaults, TheCertificateOfShardsIsThatOfTheWhole) {
  const Program p("s.json", kSound);
  const auto json = [&](const std::string& command) {
    return Json::parse(p.call(command + " --format json").out)["certificate"];
  };
  const Json whole = json("faults s.json --designs symmetric --kinds error,hang,lost_ipi");
  EXPECT_GT(whole["sites"], 100);
  EXPECT_EQ(whole["left"], 0);
  const std::string shard =
      "faults s.json --designs symmetric --kinds error,hang,lost_ipi --jobs 1 --shard ";
  EXPECT_GT(json(shard + "1/2 --out 1.jsonl")["left"], 0) << "half of it";
  json(shard + "2/2 --out 2.jsonl");
  EXPECT_EQ(json("faults --merge 2.jsonl 1.jsonl --out m.jsonl"), whole);
}

TEST(CliFaults, RandomCasesAreLedByWhatAnotherCampaignHasLeft) {
  const Program p("s.json", kSound);
  const std::string random = "faults s.json --designs symmetric --random 60 ";
  const auto sites = [&](const std::string& more) {
    return Json::parse(p.call(random + more + " --format json").out)["certificate"]["struck"]
        .get<int>();
  };
  EXPECT_GT(sites("--led"), sites(""));
  p.call(random + "--out a.jsonl");
  p.call(random + "--seed 2 --led-by a.jsonl --out b.jsonl");
  p.call(random + "--seed 2 --led-by a.jsonl --jobs 3 --out c.jsonl");
  EXPECT_EQ(p.text("b.jsonl"), p.text("c.jsonl"));
  EXPECT_EQ(p.call("faults s.json --led").code, 2) << "nothing to lead";
  EXPECT_THAT(p.call(random + "--led-by s.json").err, HasSubstr("expected a file that"));
  p.call("faults s.json --designs symmetric --kinds lost_ipi --out all.jsonl");
  EXPECT_THAT(p.call(random + "--kinds lost_ipi --led-by all.jsonl").out,
              HasSubstr("has left no site"));
  p.write("s.json", kLeaking);
  EXPECT_THAT(p.call(random + "--led-by a.jsonl").err, HasSubstr("another scenario"));
}

TEST(CliFaults, AMergeThatLacksCasesNamesThemAndGivesNoVerdict) {
  const Program p("s.json", kSound);
  for (const std::string i : {"1", "2", "3"})
    p.call(kCampaign + "--shard " + i + "/3 --out " + i + ".jsonl");
  p.call(kCampaign + "--out all.jsonl");
  const Called merged =
      p.call("faults --merge 3.jsonl 1.jsonl --out m.jsonl --junit m.xml --format json");
  EXPECT_EQ(merged.code, 75);
  EXPECT_EQ(merged.out, "");
  EXPECT_THAT(merged.err, HasSubstr("so there is no verdict\n  shard 2 of 3 is missing\n"));
  EXPECT_EQ(p.files().count("m.xml"), 0u);
  std::string cut = p.text("2.jsonl");
  cut.pop_back();
  p.write("2.jsonl", cut);
  const Called cut_off = p.call("faults --merge m.jsonl 2.jsonl --out n.jsonl");
  EXPECT_EQ(cut_off.code, 75) << "its last line is cut off";
  EXPECT_THAT(cut_off.err, HasSubstr("incomplete: 1 of "));
  EXPECT_THAT(cut_off.err, HasSubstr("  shard 2 of 3 has "));
  p.call(kCampaign + "--shard 2/3 --out 2.jsonl");
  const Called whole = p.call("faults --merge n.jsonl 2.jsonl all.jsonl 2.jsonl --out w.jsonl");
  EXPECT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(p.text("w.jsonl"), p.text("all.jsonl"));
  EXPECT_EQ(p.call(kCampaign + "--out m.jsonl").code, 2) << "a part is no campaign's own file";
}

TEST(CliFaults, AFileGoesOnOnlyWithItsOwnCampaign) {
  const Program p("s.json", kSound);
  p.call(kCampaign + "--out x.jsonl");
  const std::string whole = p.text("x.jsonl");
  const auto with = [&](const std::string& text) {
    p.write("x.jsonl", text);
    const Called c = p.call(kCampaign + "--out x.jsonl");
    if (c.code == 2) {
      EXPECT_EQ(p.text("x.jsonl"), text) << "what is not ours is not touched";
    }
    return c;
  };
  const std::size_t second = whole.find('\n') + 1;
  for (const std::size_t cut : {std::size_t{0}, std::size_t{10}, second - 1, second, second + 30,
                                whole.size() / 2, whole.size() - 1}) {
    EXPECT_EQ(with(whole.substr(0, cut)).code, 0) << cut;
    EXPECT_EQ(p.text("x.jsonl"), whole) << cut;
  }
  EXPECT_EQ(with("something else\n").code, 2);
  EXPECT_EQ(with("something").code, 2);
  EXPECT_EQ(with(whole.substr(0, second + 30) + "x").code, 2) << "cut off, and damaged";
  EXPECT_EQ(with(whole + "x").code, 2);
  EXPECT_EQ(with(whole.substr(0, second) + whole.substr(whole.find('\n', second) + 1)).code, 2)
      << "a case is missing";
  p.write("x.jsonl", whole);
  const Called other = p.call("faults s.json --designs async --kinds error --out x.jsonl");
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("another campaign"));
  p.write("s.json", kLeaking);
  EXPECT_EQ(p.call(kCampaign + "--out x.jsonl").code, 2) << "another scenario";
  p.write("old.jsonl", R"({"cpuhp_faults":1,"program":"0.1.0"})"
                       "\n");
  EXPECT_THAT(p.call(kCampaign + "--out old.jsonl").err, HasSubstr("in another format"));
}

/// Started for real, in a process that can be killed.
pid_t start(const Program& p, const std::vector<std::string>& words) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  if (::chdir(p.folder().c_str()) != 0) ::_exit(1);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2}) ::dup2(null, fd);
  std::vector<char*> argv;
  static std::string program = CPUHP_BINARY;
  argv.push_back(program.data());
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  ::_exit(1);
}

// Six times killed, at moments that nobody chose: nothing is lost and nothing is there twice. On a
// busy machine a run may end before its kill: it is then tried again, from a part of its file.
TEST(CliFaults, KilledAtAnyMomentItGoesOn) {
  const Program p("s.json", kSound);
  const std::vector<std::string> words{"faults", "s.json",  "--designs", "parallel,async",
                                       "--out",  "x.jsonl", "--jobs",    "2"};
  std::string command;
  for (const std::string& word : words) command += word + ' ';
  std::string undisturbed = command;
  undisturbed.replace(undisturbed.find("x.jsonl"), 7, "y.jsonl");
  p.call(undisturbed);
  const std::string whole = p.text("y.jsonl");
  ASSERT_GT(whole.size(), 100'000u);
  int cut = 0;
  for (unsigned i = 0; cut < 6 && i < 100; ++i) {
    // When the file has grown by a bit more than last time: a moment by its own clock.
    const pid_t pid = start(p, words);
    const std::size_t until = whole.size() * (i % 10 + 1) / 11 - 7'919 * (i % 3);
    int status = 0;
    bool ended = false;
    while (!ended && p.text("x.jsonl").size() < until) {
      ::usleep(500 + 37 * i);
      ended = ::waitpid(pid, &status, WNOHANG) == pid;
    }
    if (!ended) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, &status, 0);
    }
    const std::string now = p.text("x.jsonl");
    ASSERT_EQ(now, whole.substr(0, now.size()));
    const bool whole_yet = now.size() == whole.size();
    cut += !whole_yet;
    if (whole_yet)
      p.write("x.jsonl", whole.substr(0, whole.size() / 2));
    else if (i % 2 == 0 && now.size() > 50)
      p.write("x.jsonl", now.substr(0, now.size() - 43));  // as if the write itself had been cut
  }
  EXPECT_EQ(cut, 6) << "it was really killed in the middle";
  EXPECT_NE(p.call(command).code, 2);
  EXPECT_EQ(p.text("x.jsonl"), whole);
}

TEST(CliFaults, PairsOfALargeMachineAreRefused) {
  const Program p;
  const std::string command = "faults scenarios/boot-8-cpus.json --pairs --designs async ";
  const Called c = p.call(command);
  EXPECT_EQ(c.code, 2);
  EXPECT_THAT(c.err, HasSubstr("limit the runs by --designs, --kinds or --shard"));
  p.write("merged.jsonl", "{}\n");
  const Called goes_on = p.call(command + "--out merged.jsonl");
  EXPECT_EQ(goes_on.code, 2);
  EXPECT_THAT(goes_on.err, HasSubstr("belongs to another campaign")) << "what is there is meant";
}

TEST(CliFaults, PairsOfASmallOneRun) {
  const Program p("s.json", kSound);
  const Json d = Json::parse(
      p.call("faults s.json --pairs --designs async --kinds never_alive,refused_takedown "
             "--format json")
          .out);
  ASSERT_EQ(d["rows"].size(), 2u);
  EXPECT_EQ(d["rows"][1]["faults"], "pairs");
  // Of CPU 1: never alive at boot, never alive later, refused; of CPU 0: never alive later,
  // refused: five singles.
  EXPECT_EQ(d["rows"][1]["runs"], 10);
}

TEST(CliFaults, RandomCasesFollowFromTheirSeed) {
  const Program p("s.json", kSound);
  const auto file = [&](const std::string& name, const std::string& more) {
    p.call("faults s.json --random 40 --out " + name + ' ' + more);
    return p.text(name);
  };
  const std::string one = file("1.jsonl", ""), same = file("2.jsonl", "--jobs 3");
  EXPECT_EQ(one, same);
  const std::string other = file("3.jsonl", "--seed 2");
  EXPECT_NE(one.substr(one.find('\n')), other.substr(other.find('\n')));
}

TEST(CliFaults, WordsAreChecked) {
  const Program p("s.json", kSound);
  EXPECT_THAT(p.call("faults s.json --kinds errror").err, HasSubstr("did you mean 'error'?"));
  EXPECT_EQ(p.call("faults").code, 2);
  EXPECT_EQ(p.call("faults missing.json").code, 2);
  EXPECT_EQ(p.call("faults --merge s.json").code, 2) << "--out is missing";
  EXPECT_EQ(p.call("faults --merge s.json --out x").code, 2) << "not a campaign's";
}

}  // namespace
}  // namespace cpuhp
