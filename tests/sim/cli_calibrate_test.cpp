// cpuhp-sim calibrate, on a small machine of which the truth is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;

constexpr std::string_view kCosts = R"({"version": 1, "kind": "cpuhp-costs", "name": "mine",
  "measured_under": "invented",
  "phases": {"kick": KICK, "alive": ALIVE, "microcode": MICROCODE, "cpu_init": CPU_INIT},
  "states": {"perf:online": {"startup": 5000}, "sched:active": {"startup": [{"work": 5000},
    {"when": "first_sibling", "work": 200000}]}}})";
constexpr std::string_view kScenario = R"({"version": 1, "machine": {"cores": 4},
  "table": "scenarios/tables/x86_64-6.1.json", "costs": "mine.json", "design": "parallel",
  "operations": [{"op": "boot"}, {"op": "down", "cpu": 2}, {"op": "up", "cpu": 2},
    {"op": "down", "cpu": 3}, {"op": "up", "cpu": 3}]})";

std::string with(std::string_view text, const std::string& word, const std::string& value) {
  std::string changed(text);
  const std::size_t at = changed.find(word);
  if (at == std::string::npos) throw std::runtime_error("no " + word);
  return changed.replace(at, word.size(), value);
}

std::string costs(const std::string& kick, const std::string& alive, const std::string& microcode,
                  const std::string& cpu_init) {
  return with(with(with(with(kCosts, "KICK", kick), "ALIVE", alive), "MICROCODE", microcode),
              "CPU_INIT", cpu_init);
}

ordered_json parameter(const std::string& name, const std::string& pointer, int high) {
  return {{"name", name},
          {"at", {"mine.json#" + pointer}},
          {"low_ns", 0},
          {"high_ns", high},
          {"source", "a guess"}};
}

ordered_json traced(const std::string& id, const std::string& run, const std::string& quantity,
                    const std::string& key, const std::string& file) {
  return {{"id", id},  {"what", "mine"},       {"run", run},   {"quantity", quantity},
          {key, file}, {"total_permille", 20}, {"cpus", "1-3"}};
}

/// A machine with a trace of each design and a log; its profile in the folder has other values.
class CliCalibrate : public testing::Test {
 protected:
  CliCalibrate() {
    p.write("mine.json", costs("47000", "1234000", "300000", "88000"));
    p.write("own.json", std::string(kScenario));
    EXPECT_EQ(p.call("run own.json --trace parallel.txt --trace boot.log").code, 0);
    EXPECT_EQ(p.call("run own.json --design symmetric --trace serial.txt").code, 0);
    p.write("mine.json", costs("1", "2", "3", "4"));
    rows = {{"version", 1},
            {"kind", "cpuhp-published"},
            {"name", "mine"},
            {"source", "my machine"},
            {"scenario", "own.json"},
            {"runs",
             {{"parallel", ordered_json::object()}, {"serial", {{"set", {"/design=symmetric"}}}}}},
            {"rows",
             {traced("boot", "parallel", "bringup", "log", "boot.log"),
              traced("prepare", "parallel", "prepare", "trace", "parallel.txt"),
              traced("online", "parallel", "online", "trace", "parallel.txt"),
              traced("serial", "serial", "calls", "trace", "serial.txt"),
              traced("up", "serial", "up", "trace", "serial.txt"),
              traced("down", "serial", "down", "trace", "serial.txt")}},
            {"parameters",
             {parameter("kick", "/phases/kick", 200'000),
              parameter("alive", "/phases/alive", 5'000'000),
              parameter("microcode", "/phases/microcode", 5'000'000),
              parameter("cpu_init", "/phases/cpu_init", 1'000'000),
              parameter("sibling", "/states/sched:active/startup/1/work", 1'000'000)}}};
    rows["rows"][4]["cpus"] = rows["rows"][5]["cpus"] = "2-3";
  }

  Called calibrate(const std::string& options = "") const {
    p.write("rows.json", rows.dump(1));
    return p.call("calibrate rows.json " + options);
  }
  /// One line that names what is wrong, and exit code 2.
  void expect_refused(const std::string& words, const std::string& options = "") const {
    const Called c = calibrate(options);
    EXPECT_EQ(c.code, 2) << c.out;
    EXPECT_EQ(c.out, "");
    EXPECT_EQ(std::count(c.err.begin(), c.err.end(), '\n'), 1) << c.err;
    EXPECT_THAT(c.err, HasSubstr(words));
  }

  Program p;
  ordered_json rows;
};

TEST_F(CliCalibrate, FindsWhatItsOwnTracesWereMadeWith) {
  const Called c = calibrate("--format json");
  EXPECT_EQ(c.code, 0) << c.err;
  const ordered_json found = ordered_json::parse(c.out);
  const auto value = [&](int i) { return found["parameters"][i]["value_ns"].get<double>(); };
  EXPECT_NEAR(value(0), 47'000, 1'000);
  EXPECT_NEAR(value(1) + value(2), 1'534'000, 20'000);
  EXPECT_NEAR(value(3), 88'000, 5'000);
  EXPECT_EQ(found["parameters"][0]["filed_ns"], 1);
  EXPECT_EQ(found["parameters"][1]["fixed"], "together");
  EXPECT_EQ(found["parameters"][4]["fixed"], "not") << "the machine has no siblings";
  EXPECT_EQ(found["combinations"], 3);
  EXPECT_THAT(found["remarks"].dump(), HasSubstr("can't tell alive and microcode apart"));
  EXPECT_EQ(calibrate("--format json").out, c.out);
}

TEST_F(CliCalibrate, HeldOutRowsArePredicted) {
  const Called c = calibrate("--hold-out serial --hold-out 'prepare total'");
  EXPECT_EQ(c.code, 0) << c.out;
  EXPECT_THAT(c.out, testing::ContainsRegex("serial \\| mine .*held out: predicted, uncertain by"));
  EXPECT_THAT(calibrate("--hold-out each").out, HasSubstr("left out in turn"));
}

/// In the parallel boot the control CPU polls: within a period the APs may be alive at any time.
TEST_F(CliCalibrate, WithoutSerialRowsNothingTellsWhenAnApIsAlive) {
  // A takedown's time depends on its date, too: on the tick at which a grace period begins.
  const Called c = calibrate("--hold-out serial --hold-out up --hold-out down");
  EXPECT_EQ(c.code, 0) << c.out;
  EXPECT_THAT(c.out, testing::ContainsRegex("serial \\| mine .*held out: not predicted"));
  EXPECT_THAT(c.out, testing::ContainsRegex("hardly fix alive|fix only the sum"));
}

TEST_F(CliCalibrate, FewerFiguresThanParametersIsSaid) {
  rows["rows"] = {rows["rows"][1]};
  const Called c = calibrate();
  EXPECT_EQ(c.code, 0);
  EXPECT_THAT(c.out, HasSubstr("- There are fewer fitted figures (1) than parameters (5)."));
  EXPECT_THAT(c.out, HasSubstr("- No row fixes cpu_init:"));
}

TEST_F(CliCalibrate, ARowOutOfToleranceIsAFinding) {
  rows["parameters"] = {parameter("kick", "/phases/kick", 20'000)};
  const Called c = calibrate();
  EXPECT_EQ(c.code, 1);
  EXPECT_THAT(c.out, HasSubstr("**no**"));
  EXPECT_THAT(c.out, HasSubstr("out of tolerance."));
}

TEST_F(CliCalibrate, WrittenProfilesAreLoaded) {
  EXPECT_EQ(calibrate("--out found").code, 0);
  const ordered_json profile = ordered_json::parse(p.text("found/mine.json"));
  EXPECT_EQ(profile["source"], "cpuhp-sim calibrate, from: my machine");
  EXPECT_NEAR(profile["phases"]["kick"].get<double>(), 47'000, 1'000);
  EXPECT_EQ(p.call("run own.json --set /costs=found/mine.json").code, 0);
  p.write("rows.json", with(rows.dump(1), "\"own.json\"", "\"own2.json\""));
  p.write("own2.json", with(kScenario, "mine.json", "found/mine.json"));
  EXPECT_EQ(p.call("validate rows.json").code, 0) << "all rows hold with the profile";
}

TEST_F(CliCalibrate, BadParametersAreRefused) {
  const ordered_json good = rows;
  rows["parameters"][0]["at"][0] = "mine.json#/phases/kik";
  expect_refused(
      "/parameters/0/at/0: mine.json has no integer at \"/phases/kik\" (did you mean "
      "'/phases/kick'?)");
  expect_refused("rows.json:");
  rows["parameters"][0]["at"][0] = "mine.json#/phases";
  expect_refused("mine.json has no integer at \"/phases\"");
  rows["parameters"][0]["at"][0] = "mime.json#/phases/kick";
  expect_refused("no such file: mime.json (did you mean 'mine.json'?)");
  rows["parameters"][0]["at"][0] = "/phases/kick";
  expect_refused("expected FILE#/pointer");
  rows = good;
  rows["parameters"][1]["name"] = "kick";
  expect_refused("/parameters/1/name: another parameter has this name");
  rows = good;
  rows["parameters"][0]["low_ns"] = 200'000;
  expect_refused("/parameters/0/high_ns: expected more than \"low_ns\"");
  rows.erase("parameters");
  expect_refused("calibrate needs the key \"parameters\"");
}

TEST_F(CliCalibrate, BadRowsAreRefused) {
  const ordered_json good = rows;
  expect_refused("the file has no row \"bot\" (did you mean 'boot'?)", "--hold-out bot");
  rows["rows"][0].erase("total_permille");
  expect_refused("is not fitted, because it has no tolerance", "--hold-out boot");
  rows["rows"] = {good["rows"][1]};
  expect_refused("every row is held out", "--hold-out prepare");
  rows["rows"][0].erase("total_permille");
  expect_refused("there is nothing to fit");
  rows = good;
  rows["rows"][1]["trace"] = "boot.log";
  expect_refused("boot.log: ");
  rows["rows"][1]["trace"] = "serial.txt";
  expect_refused("serial.txt: this file does not show row prepare, mine, with times");
  rows = good;
  rows["rows"][5]["cpus"] = "1-3";
  EXPECT_EQ(calibrate().code, 0) << "CPU 1 went down in neither";
  rows["rows"][5]["run"] = "other";
  expect_refused("\"runs\" has no run \"other\"");
  rows = good;
  rows["runs"]["serial"]["set"].push_back("/operations/3/op=down");
  rows["runs"]["serial"]["set"].push_back("/machine/cores=3");
  rows["runs"]["serial"]["set"].push_back(R"(/operations=[{"op":"boot"}])");
  rows["rows"][3]["cpus"] = rows["rows"][4]["cpus"] = rows["rows"][5]["cpus"] = "1-2";
  expect_refused("the simulated run 0");
}

}  // namespace
}  // namespace cpuhp
