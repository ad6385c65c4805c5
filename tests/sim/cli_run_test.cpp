// cpuhp-sim run: its results, its findings, its traces.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/trace/ftrace_reader.hpp"
#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::json;

const std::string kRunBoot = "run scenarios/boot-8-cpus.json ";
const std::string kHang =
    "--set '/faults=[{\"kind\":\"hang\",\"cpu\":3,\"state\":\"workqueue:online\"}]' ";

std::set<std::string> keys(const Json& object) {
  std::set<std::string> names;
  for (const auto& [key, value] : object.items()) names.insert(key);
  return names;
}

TEST(CliRun, TextShowsWhatHappened) {
  const Called c = Program().call("run scenarios/fail-one-step.json", "LC_ALL=C");
  EXPECT_EQ(c.code, 0);
  for (const char* words :
       {"fail-one-step: 4 CPUs (1 socket, 4 cores, 1 thread a core), table x86_64-6.1, symmetric, "
        "seed 1\n",
        "ok: 3 of 4 CPUs online", "up cpu3", "-ENOMEM", "control CPU", "useful", "spinning",
        "cpu 3", "digest "})
    EXPECT_NE(c.out.find(words), std::string::npos) << words << '\n' << c.out;
}

TEST(CliRun, JsonIsOneDocument) {
  const Called c = Program().call("run scenarios/fail-one-step.json --format json --seed 7");
  EXPECT_EQ(c.err, "");
  const Json d = Json::parse(c.out);
  EXPECT_EQ(keys(d), (std::set<std::string>{"version",     "scenario",
                                            "file",        "table",
                                            "design",      "seed",
                                            "outcome",     "cpus",
                                            "online",      "bringup_ns",
                                            "boot_ns",     "bystanders",
                                            "end_ns",      "background_left_ns",
                                            "events",      "digest",
                                            "control_cpu", "operations",
                                            "hung",        "panic",
                                            "diagnosis",   "expect",
                                            "findings",    "notes",
                                            "cpus_at_end", "repeat"}));
  EXPECT_EQ(d["version"], 1);
  EXPECT_EQ(d["seed"], 7);
  EXPECT_EQ(d["outcome"], "ok");
  EXPECT_EQ(d["operations"][2]["errno"], "ENOMEM");
  EXPECT_EQ(d["operations"][2]["ret"], -12);
  EXPECT_EQ(d["cpus_at_end"].size(), 4u);
  EXPECT_EQ(d["cpus_at_end"][3]["state_name"], "offline");
  EXPECT_FALSE(d["cpus_at_end"][3]["online"]);
  for (const Json& e : d["expect"]) EXPECT_TRUE(e["holds"]) << e;
  EXPECT_EQ(d["expect"].size(), 8u) << "online, 3 returns, a state, hang, panic, findings";
}

TEST(CliRun, TellsWhoIsBlamedForACpuThatDidNotCome) {
  const std::string dead = "run scenarios/faults/arm64-dead-cpus.json ";
  const Program p;
  const Json d = Json::parse(p.call(dead + "--format json").out)["diagnosis"];
  ASSERT_FALSE(d.empty());
  EXPECT_EQ(d[0]["cpu"], 4);
  EXPECT_EQ(d[0]["said_by"], 18) << "the word that all APs share says what CPU 18 wrote last";
  EXPECT_EQ(d[0]["right"], false);
  EXPECT_GT(d[0]["told_ns"], 10'000'000'000);
  const std::string text = p.call(dead).out;
  EXPECT_NE(text.find(" CPU 4 as failed, wrongly: CPU 18 failed\n"), std::string::npos) << text;
  // With a word for each CPU the right ones are blamed.
  const std::string own = p.call(dead + "--set '/defects=[]'").out;
  EXPECT_NE(own.find(" the kernel reports CPU "), std::string::npos) << own;
  EXPECT_EQ(own.find("wrongly"), std::string::npos) << own;
  EXPECT_TRUE(Json::parse(p.call(kRunBoot + "--format json").out)["diagnosis"].empty());
}

TEST(CliRun, CsvHasTheColumnsOfCompare) {
  const Program p;
  const std::string run = p.call(kRunBoot + "--format csv").out;
  const std::string compare =
      p.call("compare scenarios/boot-8-cpus.json --designs symmetric --format csv").out;
  EXPECT_EQ(run, compare);
}

TEST(CliRun, ExactGivesTheSame) {
  const Program p;
  Json decoupled = Json::parse(p.call(kRunBoot + "--design async --format json").out);
  Json exact = Json::parse(p.call(kRunBoot + "--design async --format json --exact").out);
  decoupled.erase("repeat");
  exact.erase("repeat");
  EXPECT_EQ(decoupled, exact);
}

TEST(CliRun, ThePlainEngineGivesTheSameResult) {
  const Program p;
  Json ahead = Json::parse(p.call(kRunBoot + kHang + "--format json --engine ahead").out);
  Json plain = Json::parse(p.call(kRunBoot + kHang + "--format json --engine plain").out);
  EXPECT_EQ(std::string(ahead["repeat"]).find("--engine"), std::string::npos);
  EXPECT_TRUE(std::string(plain["repeat"]).ends_with(" --engine plain")) << plain["repeat"];
  ahead.erase("repeat");
  plain.erase("repeat");
  EXPECT_EQ(ahead, plain);

  const Called both = p.call(kRunBoot + "--engine plain --exact");
  EXPECT_EQ(both.code, 2);
  const Called unknown = p.call(kRunBoot + "--engine plane");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("plain"), std::string::npos) << unknown.err;
}

TEST(CliRun, ADriverThatLeavesSomethingBehindIsAFinding) {
  const std::string driver =
      "run scenarios/register-a-driver.json --set /operations/8/calls=false "
      "--set '/operations/-={\"op\": \"down\", \"cpu\": 3}' --set '/expect={}'";
  const Called c = Program().call(driver);
  EXPECT_EQ(c.code, 1);
  for (const char* words :
       {"  8  remove nic/queues:online without calling callbacks ", "returned\n",
        "finding: 3 of 4 CPUs online", "broken: state-resource-leak at ",
        "rx_queue of CPU 3 was not given back",
        "where:   CPU 3, state 202 (nic/queues:online), nic_", "operation 10 (down cpu3)\n",
        "should:  a CPU that rests below a state has given back all resources of that state (",
        "events:\n"})
    EXPECT_NE(c.out.find(words), std::string::npos) << words << '\n' << c.out;

  const Json d = Json::parse(Program().call(driver + " --format json").out);
  EXPECT_EQ(d["operations"][5]["state"], "nic/queues:online");
  EXPECT_EQ(d["operations"][5]["ret"], 202);
  EXPECT_EQ(d["operations"][8]["calls"], false);
  EXPECT_EQ(d["outcome"], "finding");
  EXPECT_EQ(d["findings"].size(), 1u);
  EXPECT_EQ(d["findings"][0]["state"], 202);
  EXPECT_EQ(d["findings"][0]["operation"]["text"], "down cpu3");
}

TEST(CliRun, ABrokenExpectationIsOneFinding) {
  const Program p;
  const Called c = p.call(kRunBoot + "--set /expect/online=0-3");
  EXPECT_EQ(c.code, 1);
  EXPECT_NE(c.out.find("finding: online: expected 0-3, found 0-7\n"), std::string::npos);
  const std::size_t repeat = c.out.find("repeat: cpuhp-sim ");
  ASSERT_NE(repeat, std::string::npos);
  // The line repeats the run: same code, same text.
  const Called again = p.call(c.out.substr(repeat + 18, c.out.size() - repeat - 19));
  EXPECT_EQ(again.code, 1);
  EXPECT_EQ(again.out, c.out);

  const Called as_json = p.call(kRunBoot + "--format json --set /expect/digest=0123456789abcdef");
  EXPECT_EQ(as_json.code, 1);
  EXPECT_NE(as_json.err.find("finding: digest: expected 0123456789abcdef"), std::string::npos);
  EXPECT_EQ(Json::parse(as_json.out)["outcome"], "finding");
}

TEST(CliRun, TimesAndDigestAreOfTheScenariosOwnRun) {
  const Program p;
  const std::string set = kRunBoot + "--set /expect/digest=0123456789abcdef ";
  EXPECT_EQ(p.call(set).code, 1);
  EXPECT_EQ(p.call(set + "--design symmetric --seed 1").code, 1);
  EXPECT_EQ(p.call(set + "--design parallel").code, 0);
  EXPECT_EQ(p.call(set + "--seed 2").code, 0);
}

TEST(CliRun, AHangIsAFindingUnlessExpected) {
  const Program p;
  const Called c = p.call(kRunBoot + kHang + "--set /expect='{}'");
  EXPECT_EQ(c.code, 1);
  EXPECT_NE(c.out.find("waits for done_up of CPU 3, asleep"), std::string::npos) << c.out;
  EXPECT_NE(c.out.find("finding: hang: expected none, found a hang"), std::string::npos);
  EXPECT_EQ(p.call(kRunBoot + kHang + "--set /expect='{\"hang\":true}'").code, 0);
  EXPECT_EQ(p.call(kRunBoot + "--set /expect='{\"hang\":true}'").code, 1);
  const Called compare = p.call("compare scenarios/boot-8-cpus.json " + kHang);
  EXPECT_EQ(compare.code, 1);
  EXPECT_NE(compare.out.find("repeat: cpuhp-sim run scenarios/boot-8-cpus.json --design symmetric "
                             "--seed 1 --set "),
            std::string::npos)
      << compare.out;
}

// ------------------------------------------------------------------------------ traces

class CliTrace : public ::testing::TestWithParam<std::string> {
 protected:
  Called run(const std::string& more) {
    return p_.call("run scenarios/offline-one-cpu.json --format json --design " + GetParam() + " " +
                   more);
  }
  Program p_;
};

TEST_P(CliTrace, ChromeSlicesNestAndArrowsArePaired) {
  ASSERT_NE(run("--trace t.json").code, 2);
  const Json trace = Json::parse(p_.text("t.json"));
  std::map<std::pair<int, int>, int> depth;
  std::map<std::pair<int, int>, double> last;
  std::map<int, std::string> arrows;
  std::map<std::string, int> names;
  for (const Json& e : trace["traceEvents"]) {
    const std::string ph = e["ph"];
    if (ph == "M" || ph == "C") continue;
    const std::pair lane{e["pid"].get<int>(), e["tid"].get<int>()};
    EXPECT_GE(e["ts"].get<double>(), last[lane]) << e;
    last[lane] = e["ts"];
    if (ph == "B") ++depth[lane];
    if (ph == "E") --depth[lane];
    ASSERT_GE(depth[lane], 0) << e;
    if (ph == "s" || ph == "f") arrows[e["id"]] += ph;
    if (ph == "s") ++names[e["name"]];
    if (ph == "i") {
      const std::string name = e["name"];
      EXPECT_EQ(name.find("exit"), std::string::npos) << "an end without its begin: " << e;
      EXPECT_EQ(name.find("_end"), std::string::npos) << "an end without its begin: " << e;
    }
  }
  for (const auto& [lane, open] : depth) EXPECT_EQ(open, 0) << lane.first << " " << lane.second;
  for (const auto& [id, both] : arrows) EXPECT_EQ(both, "sf") << id;
  EXPECT_GE(names["kick"], 3);
  EXPECT_GE(names["release"], 3);
}

TEST_P(CliTrace, ChromeCountersAddUpToTheLedger) {
  const Json result = Json::parse(run("--trace t.json").out);
  std::int64_t spinning = 0, since = -1;
  const Json trace = Json::parse(p_.text("t.json"));
  const auto ns = [](const Json& e) {
    return static_cast<std::int64_t>(e["ts"].get<double>() * 1000 + 0.5);
  };
  for (const Json& e : trace["traceEvents"]) {
    if (e["ph"] != "C" || e["name"] != "control CPU") continue;
    const Json& a = e["args"];
    EXPECT_EQ(a["useful"].get<int>() + a["spinning"].get<int>() + a["sleeping"].get<int>() +
                  a["idle"].get<int>(),
              1);
    if (since >= 0) spinning += ns(e) - since;
    since = a["spinning"] == 1 ? ns(e) : -1;
  }
  if (since >= 0) spinning += result["end_ns"].get<std::int64_t>() - since;
  EXPECT_EQ(spinning, result["cpus_at_end"][0]["time"]["spinning_ns"].get<std::int64_t>());
}

TEST_P(CliTrace, FtraceTextReadsBackAsTheSameEvents) {
  ASSERT_NE(run("--trace t.txt --trace t.jsonl").code, 2);
  const Ftrace trace = read_ftrace((p_.folder() / "t.txt").string());
  require_complete(trace);
  std::vector<std::string> from_trace, from_lines;
  for (const Event& e : trace.stream.events)
    from_trace.push_back(std::to_string(e.cpu) + " " + std::to_string(e.on) + " " +
                         std::to_string(e.step) + " " + std::to_string(e.value) + " " +
                         std::to_string(e.ret) + " " + trace.stream.names[e.name]);
  std::istringstream lines(p_.text("t.jsonl"));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const Json e = Json::parse(line);
    const std::string kind = e["kind"], role = e["role"];
    if (kind != "enter" && kind != "multi_enter" && kind != "exit") continue;
    if (role == "ap_boot" || role == "stopper") continue;  // a kernel shows none of these
    from_lines.push_back(
        std::to_string(e["cpu"].get<int>()) + " " + std::to_string(e["on"].get<int>()) + " " +
        std::to_string(e["step"].get<int>()) + " " + std::to_string(e["value"].get<int>()) + " " +
        std::to_string(e["ret"].get<int>()) + " " + e["name"].get<std::string>());
  }
  EXPECT_EQ(from_trace, from_lines);
  EXPECT_GT(from_trace.size(), 100u);
}

TEST_P(CliTrace, LinesAndCsvHaveEveryEvent) {
  const Json result = Json::parse(run("--trace t.jsonl --trace t.csv").out);
  std::istringstream lines(p_.text("t.jsonl")), csv(p_.text("t.csv"));
  std::string line, row;
  std::getline(lines, line);
  std::getline(csv, row);
  const Json header = Json::parse(line);
  EXPECT_EQ(header["version"], 1);
  EXPECT_EQ(header["digest"], result["digest"]);
  EXPECT_EQ(header["events"], result["events"]);
  std::uint64_t count = 0;
  for (; std::getline(lines, line); ++count) {
    ASSERT_TRUE(std::getline(csv, row));
    const Json e = Json::parse(line);
    EXPECT_EQ(row.substr(0, row.find(',')), std::to_string(e["time_ns"].get<std::int64_t>()));
  }
  EXPECT_EQ(count, result["events"]);
  EXPECT_FALSE(std::getline(csv, row));
}

INSTANTIATE_TEST_SUITE_P(Designs, CliTrace,
                         ::testing::Values("notifier", "symmetric", "parallel", "async"),
                         [](const auto& tested) { return tested.param; });

/// The slices of a task that moves end on the one CPU and begin anew on the other.
TEST(CliTraceOfAMove, SlicesNestOnBothCpus) {
  const Program p;
  std::ofstream(p.folder() / "move.json")
      << R"({"version": 1, "name": "move", "machine": {"sockets": 1, "cores": 4}, "table": ")"
      << CPUHP_SOURCE_DIR
      << R"(/scenarios/tables/x86_64-6.1.json", "rules": {"down_via_kworker": false},
          "operations": [{"op": "boot"},
                         {"op": "write", "path": "cpu2/online", "value": "0", "on": 2}]})";
  const Called c = p.call("run move.json --trace t.json --trace t.txt");
  ASSERT_EQ(c.code, 0) << c.err;
  std::map<std::pair<int, int>, int> depth;
  std::map<int, int> slices;  // of the write, by process
  const Json trace = Json::parse(p.text("t.json"));
  for (const Json& e : trace["traceEvents"]) {
    int& open = depth[{e["pid"], e.value("tid", 0)}];
    open += e["ph"] == "B" ? 1 : e["ph"] == "E" ? -1 : 0;
    ASSERT_GE(open, 0) << e;
    if (e["ph"] == "B" && e["name"] == "write") ++slices[e["pid"]];
  }
  for (const auto& [lane, open] : depth) EXPECT_EQ(open, 0) << lane.first << " " << lane.second;
  EXPECT_EQ(slices, (std::map<int, int>{{1, 1}, {3, 1}}));
  require_complete(read_ftrace((p.folder() / "t.txt").string()));
}

TEST(CliTraceOfAHang, SlicesAreClosed) {
  const Program p;
  EXPECT_EQ(p.call(kRunBoot + kHang + "--trace t.json").code, 1);
  int unfinished = 0, depth = 0;
  const Json trace = Json::parse(p.text("t.json"));
  for (const Json& e : trace["traceEvents"]) {
    depth += e["ph"] == "B" ? 1 : e["ph"] == "E" ? -1 : 0;
    if (e["ph"] == "E" && e.contains("args") && e["args"].contains("unfinished")) ++unfinished;
  }
  EXPECT_EQ(depth, 0);
  EXPECT_GE(unfinished, 2);
}

/// Both formats of a kernel's tracer go through `check`; import makes the same table of both.
TEST(CliRun, TracesOfAKernelAreReadAgain) {
  const Program p;
  ASSERT_EQ(p.call("run scenarios/offline-one-cpu.json --trace t.txt --trace t.dat --trace t.log "
                   "--trace t.csv")
                .code,
            0);
  for (const char* file : {"t.txt", "t.dat"}) {
    const Called c = p.call(std::string("check ") + file);
    EXPECT_EQ(c.code, 0) << c.out << c.err;
    EXPECT_NE(c.out.find(" 0 skipped, 0 enters or exits unmatched, 0 findings"), std::string::npos)
        << c.out;
  }
  std::string states;
  const Json table = Json::parse(p.text("scenarios/tables/x86_64-6.1.json"));
  for (const Json& s : table["states"])
    if (s.contains("name") && s["name"] != "")
      states += std::to_string(s["id"].get<int>()) + ": " + s["name"].get<std::string>() + '\n';
  p.write("states.txt", states);
  const std::string import = "import --states states.txt --dmesg t.log --name n --trace ";
  const Called text = p.call(import + "t.txt"), dat = p.call(import + "t.dat");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_EQ(dat.code, 0) << dat.err;
  const Json a = Json::parse(text.out), b = Json::parse(dat.out);
  EXPECT_EQ(a["states"].size(), b["states"].size());
  for (std::size_t i = 0; i < a["states"].size(); ++i)
    for (const char* key : {"id", "name", "startup", "teardown"})
      EXPECT_EQ(a["states"][i].value(key, Json()), b["states"][i].value(key, Json()));
}

TEST(CliRun, TheKernelsLogAndCsvHaveTheirForm) {
  const Program p;
  p.call("run scenarios/offline-one-cpu.json --trace t.log --trace t.csv");
  EXPECT_TRUE(
      p.text("t.log").starts_with("[    0.000000] smp: Bringing up secondary CPUs ...\n"
                                  "[    0.000034] x86: Booting SMP configuration:\n"
                                  "[    0.000034] .... node  #0, CPUs:      #1 #2 #3\n"
                                  "[    0.001545] smp: Brought up 1 node, 4 CPUs\n"
                                  "[    0.005601] smpboot: CPU 3 is now offline\n"
                                  "[    0.005665] smpboot: Booting Node 0 Processor 3 APIC 0x3\n"))
      << p.text("t.log");
  EXPECT_TRUE(p.text("t.csv").starts_with(
      "time_ns,kind,cpu,on,role,step,value,ret,instance,name\n0,mask_set,0,0,other,-1,0,0,0,"));
}

TEST(CliRun, ADamagedTraceDatIsOneError) {
  const Program p;
  p.call("run scenarios/offline-one-cpu.json --trace t.dat");
  p.write("cut.txt", p.text("t.dat").substr(0, 3'000));
  for (const char* command : {"check cut.txt",
                              "conform cut.txt --table "
                              "scenarios/tables/x86_64-6.1.json"}) {
    const Called c = p.call(command);
    EXPECT_EQ(c.code, 2);
    EXPECT_NE(c.err.find("cut.txt: byte "), std::string::npos) << c.err;
    EXPECT_NE(c.err.find(": the file ends early\n"), std::string::npos) << c.err;
    EXPECT_EQ(c.out, "");
  }
}

}  // namespace
}  // namespace cpuhp
