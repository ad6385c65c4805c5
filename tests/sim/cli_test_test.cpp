// cpuhp-sim test: suites of scenarios as a user sees them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string scenario(const std::string& members) {
  return R"({"version": 1, "machine": {"cores": 4},)"
         R"("table": "scenarios/tables/x86_64-6.12.json",)" +
         members + "}";
}
const std::string kGood = scenario(R"("expect": {"online": "0-3"})");
const std::string kBadScenario = scenario(R"("expect": {"online": "0-2", "ret": [0]})");
const std::string kCanary = scenario(R"("canary": true, "expect": {"online": "0-2"})");

TEST(CliTest, PassesFailuresAndWhatDiffers) {
  const Program p("good.json", kGood);
  p.write("bad.json", kBadScenario);
  const Called c = p.call("test good.json bad.json");
  EXPECT_EQ(c.code, 1);
  EXPECT_EQ(c.err, "");
  EXPECT_EQ(c.out,
            "ok     good.json (symmetric)\n"
            "FAIL   bad.json (symmetric)\n"
            "       online\n"
            "         expected 0-2\n"
            "         found    0-3\n"
            "       repeat: cpuhp-sim run bad.json\n"
            "1 of 2 passed\n");
  EXPECT_EQ(p.call("test good.json").code, 0);
  EXPECT_EQ(p.call("run bad.json").code, 1) << "the command that repeats it";
}

TEST(CliTest, ACanaryHasToFail) {
  const Program p("alive.json", kCanary);
  const Called c = p.call("test alive.json");
  EXPECT_EQ(c.code, 0) << c.out;
  EXPECT_THAT(c.out, HasSubstr("a canary, which failed as required"));
  p.write("blind.json", scenario(R"("canary": true, "expect": {"online": "0-3"})"));
  const Called blind = p.call("test blind.json alive.json");
  EXPECT_EQ(blind.code, 1);
  EXPECT_THAT(blind.out, HasSubstr("has to fail, but its run matches"));
}

TEST(CliTest, FoldersHaveScenariosAndOtherFiles) {
  const Program p;
  std::filesystem::create_directories(p.folder() / "suite/more");
  std::filesystem::create_symlink(p.folder() / "scenarios", p.folder() / "suite/scenarios");
  p.write("suite/good.json", kGood);
  p.write("suite/more/silent.json",
          R"({"version": 1, "machine": {}, "table": "../scenarios/tables/v4.5.json"})");
  p.write("suite/more/table.json", R"({"version": 1, "kind": "cpuhp-table"})");
  p.write("suite/other.json", "[1, 2]");
  p.write("suite/schema.json", R"({"properties": {"machine": {}}})");
  p.write("suite/notes.txt", "not JSON at all");
  const Called c = p.call("test suite");
  EXPECT_EQ(c.code, 0) << c.err;
  EXPECT_EQ(c.out,
            "ok     suite/good.json (symmetric)\n"
            "note: suite/more/silent.json: skipped, because the scenario has no \"expect\"\n"
            "1 of 1 passed\n");
  p.write("suite/more/broken.json", R"({"machine": {"sokets": 1}})");
  const Called broken = p.call("test suite");
  EXPECT_EQ(broken.code, 2) << "half a scenario is no reason to leave it out";
  EXPECT_THAT(broken.err, HasSubstr("suite/more/broken.json:1:"));
}

TEST(CliTest, NothingToRunIsBadInput) {
  const Program p;
  std::filesystem::create_directory(p.folder() / "empty");
  EXPECT_EQ(p.call("test empty").code, 2);
  EXPECT_EQ(p.call("test missing.json").code, 2);
  EXPECT_EQ(p.call("test").code, 2);
  p.write("good.json", kGood);
  EXPECT_THAT(p.call("test good.json --design parallell").err,
              HasSubstr("did you mean 'parallel'?"));
  EXPECT_EQ(p.call("test good.json --jobs 0").code, 2);
  EXPECT_EQ(p.call("test good.json --junit nowhere/x.xml").code, 2);
}

TEST(CliTest, DesignsOfTheScenarioAndOfTheCommand) {
  const Program p("all.json",
                  scenario(R"("designs": ["notifier", "async"], "expect": {"online": "0-3"})"));
  EXPECT_EQ(p.call("test all.json").out,
            "ok     all.json (notifier)\nok     all.json (async)\n2 of 2 passed\n");
  EXPECT_EQ(p.call("test all.json --design async,parallel").out,
            "ok     all.json (async)\n1 of 1 passed\n");
  EXPECT_EQ(p.call("test all.json --design parallel").code, 2);

  // Of another design's run: what is about one run only is not compared, and the command names it.
  p.write("one.json", scenario(R"("expect": {"online": "0-2", "digest": "0"})"));
  const Called c = p.call("test one.json --design async");
  EXPECT_EQ(c.code, 1);
  EXPECT_THAT(c.out, Not(HasSubstr("digest")));
  EXPECT_THAT(c.out, HasSubstr("repeat: cpuhp-sim run one.json --design async\n"));
  EXPECT_THAT(p.call("test one.json").out, HasSubstr("digest"));

  const Called driver = p.call("test scenarios/register-a-driver.json --design notifier,parallel");
  EXPECT_EQ(driver.code, 0) << "where the scenario can't be, it is left out";
  EXPECT_THAT(driver.out, HasSubstr("skipped for the design notifier"));
}

TEST(CliTest, JsonAndJUnitSayTheSame) {
  const Program p("good.json", kGood);
  p.write("b&<d>.json", kBadScenario);
  const Called c = p.call("test good.json 'b&<d>.json' --format json --junit out.xml");
  const Json d = Json::parse(c.out);
  EXPECT_EQ(d["version"], 1);
  EXPECT_EQ(d["passed"], 1);
  EXPECT_EQ(d["failed"], 1);
  EXPECT_EQ(d["runs"][0]["passed"], true);
  EXPECT_EQ(d["runs"][1]["expect"][0]["found"], "0-3");
  EXPECT_EQ(d["runs"][1]["repeat"], "cpuhp-sim run 'b&<d>.json'");
  const std::string check =
      "cd '" + p.folder().string() +
      "' && python3 -c \"import xml.etree.ElementTree as e; r = e.parse('out.xml').getroot(); "
      "assert (r.tag, r.get('tests'), r.get('failures')) == ('testsuites', '2', '1'); "
      "c = r.findall('testsuite/testcase'); assert c[1].get('classname') == 'b&<d>.json'; "
      "assert len(c[0]) == 0 and 'found    0-3' in c[1].find('failure').text\"";
  EXPECT_EQ(std::system(check.c_str()), 0) << p.text("out.xml");
}

TEST(CliTest, TheSameWhateverTheJobs) {
  const Program p;
  const std::string one = p.call("test scenarios/faults --jobs 1").out;
  EXPECT_EQ(p.call("test scenarios/faults --jobs 5").out, one);
}

// Broken invariants by name, in any order, each found one asked for.
TEST(CliTest, FindingsMayBeAList) {
  const Program p;
  const std::string leak = p.folder().string();
  const auto run = [&](const std::string& findings) {
    return p.call("run scenarios/faults/leak-of-a-driver.json --set '/expect/findings=" + findings +
                  "'");
  };
  EXPECT_EQ(run("1").code, 0);
  EXPECT_EQ(run(R"([{"invariant": "state-resource-leak"}])").code, 0);
  EXPECT_EQ(run(R"([{}])").code, 0);
  for (const char* other :
       {"2", "[]", R"([{}, {}])", R"([{"cpu": 2}])", R"([{"place": "tx_queue"}])",
        R"([{"invariant": "state-resource-taken"}])"})
    EXPECT_EQ(run(other).code, 1) << other;
  EXPECT_THAT(run(R"([{"invariant": "I12", "cpu": 1}])").out,
              HasSubstr("findings: expected I12 on CPU 1, found state-resource-leak of rx_queue on "
                        "CPU 3"));
}

}  // namespace
}  // namespace cpuhp
