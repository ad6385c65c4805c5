// What a campaign runs, how it judges, and how it reduces.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <set>

#include "model/faults/candidates.hpp"
#include "sim/campaign/beginnings.hpp"
#include "sim/campaign/campaign_file.hpp"
#include "sim/campaign/judge.hpp"
#include "sim/campaign/merge.hpp"
#include "sim/campaign/plan.hpp"
#include "sim/campaign/record.hpp"
#include "sim/campaign/reduce.hpp"
#include "sim/campaign/tally.hpp"
#include "sim/error.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/model/small_machine.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

using namespace test;

RunMachine runner() {
  return [](const MachineConfig& config) { return run(config); };
}

CampaignPlan small_plan(CampaignOptions options, Design design = Design::Symmetric) {
  MachineConfig c = small_machine({{.kind = OpKind::Boot}}, design, Rules::of({6, 12}));
  c.declared = {{.name = "drv", .startup = "drv_up", .teardown = "drv_down", .number = 5}};
  c.operations.push_back({.kind = OpKind::Setup, .state = declared_id(0)});
  if (options.kinds.empty()) options.kinds = enumerated_kinds();
  return CampaignPlan({c}, options, runner());
}

// Exhaustive, and nothing twice: each strikes, and no two are the same.
TEST(CampaignPlan, EverySingleFaultStrikes) {
  CampaignPlan plan = small_plan({});
  std::set<std::string> seen;
  std::uint64_t singles = 0;
  for (std::uint64_t i = 0; i < plan.size(); ++i) {
    const CampaignCase c = plan.at(i);
    EXPECT_EQ(c.number, i);
    if (c.mode == CaseMode::FaultFree) continue;
    ++singles;
    ASSERT_EQ(c.faults.size(), 1u);
    const OrderedJson json = fault_json(c.faults[0], plan.config(0));
    EXPECT_TRUE(seen.insert(json.dump()).second) << json;
    const RunResult r = run(plan.configure_unprobed(c));
    EXPECT_GE(r.fault_counts[0], c.faults[0].nth) << json;
  }
  EXPECT_GT(singles, 300u);
}

// At boot, when it is set up, and when the CPU comes up later: each time is a case.
TEST(CampaignPlan, EachTimeThatAPlaceIsPassedIsACase) {
  CampaignPlan plan = small_plan({.kinds = {FaultKind::Error}});
  std::map<std::pair<StateId, Direction>, std::vector<std::uint32_t>> times;
  for (std::uint64_t i = 0; i < plan.size(); ++i) {
    const CampaignCase c = plan.at(i);
    if (c.faults.empty() || c.faults[0].cpu != 2) continue;
    times[{c.faults[0].state, c.faults[0].direction}].push_back(c.faults[0].nth);
  }
  const std::vector<std::uint32_t> once{1}, twice{1, 2};
  EXPECT_EQ((times[{kA, Direction::Up}]), twice) << "at boot, and later";
  EXPECT_EQ((times[{declared_id(0), Direction::Up}]), twice) << "at its setup, and later";
  EXPECT_EQ((times.count({kA, Direction::Down})), 0u) << "a dead callback must not fail";
}

TEST(CampaignPlan, TheBootCpuWhereTheKernelLetsItGo) {
  const auto victims = [](CampaignPlan plan) {
    std::set<CpuId> cpus;
    for (std::uint64_t i = 0; i < plan.size(); ++i)
      for (const Fault& f : plan.at(i).faults) cpus.insert(f.cpu);
    return cpus;
  };
  MachineConfig alone = small_machine({{.kind = OpKind::Boot}});
  alone.present = CpuMask(4);
  alone.present.set(0);
  EXPECT_EQ(victims(CampaignPlan({alone}, {.kinds = {FaultKind::Error}}, runner())),
            std::set<CpuId>{})
      << "the last one never";
  EXPECT_EQ(victims(small_plan({.kinds = {FaultKind::Error}})), (std::set<CpuId>{0, 1, 2, 3}));
}

TEST(CampaignPlan, PairsAreEveryTwo) {
  const std::vector<FaultKind> kinds{FaultKind::NeverAlive, FaultKind::RefusedTakedown};
  CampaignPlan singles = small_plan({.kinds = kinds});
  CampaignPlan pairs = small_plan({.singles = false, .pairs = true, .kinds = kinds});
  const std::uint64_t n = singles.size() - 4;  // without the fault-free runs
  ASSERT_EQ(pairs.size(), 4 + n * (n - 1) / 2);
  std::set<std::string> seen;
  for (std::uint64_t i = 4; i < pairs.size(); ++i) {
    const CampaignCase c = pairs.at(i);
    ASSERT_EQ(c.faults.size(), 2u);
    EXPECT_TRUE(seen.insert(record_line(pairs, c, {}).substr(12)).second);
    EXPECT_EQ(c.probes.size(), c.faults[0].cpu == c.faults[1].cpu ? 1u : 2u);
  }
}

TEST(Beginnings, MostCasesGoOnFromOneWithTheSameVerdict) {
  for (const Design design : {Design::Notifier, Design::Symmetric, Design::Async}) {
    MachineConfig c = small_machine({{.kind = OpKind::Boot}}, design, Rules::of({6, 12}));
    CampaignPlan plan({c}, {.kinds = enumerated_kinds()}, runner());
    std::uint64_t shared = 0;
    with_bare_simulator([&](Simulator& simulator) {
      Beginnings beginnings(plan);
      for (std::uint64_t i = 0; i < plan.size(); ++i) {
        const CampaignCase each = plan.at(i);
        std::optional<CheckedRun> checked = beginnings.run(each, simulator);
        if (!checked) continue;
        ++shared;
        EXPECT_FALSE(checked->whole);
        const Verdict verdict = judge_case(plan, each, runner(), std::move(*checked));
        EXPECT_EQ(record_line(plan, each, verdict),
                  record_line(plan, each, judge_case(plan, each, runner())));
      }
    });
    EXPECT_GT(shared, plan.size() / 2) << to_string(design);
  }
}

/// The verdict on the small machine with that fault.
Verdict judged(const Fault& fault, Design design = Design::Symmetric) {
  CampaignPlan plan = small_plan({}, design);
  CampaignCase c = plan.at(0);
  for (std::uint64_t i = 0; plan.at(i).faults.empty() || plan.at(i).faults[0].cpu != fault.cpu; ++i)
    c = plan.at(i + 1);
  c.faults = {fault};
  return judge_case(plan, c, runner());
}

std::vector<std::string> invariants(const Verdict& v) {
  std::vector<std::string> names;
  for (const Finding& f : v.findings) names.push_back(f.invariant);
  return names;
}

TEST(Judge, OutcomesAndWhatExplainsThem) {
  const Fault error{.kind = FaultKind::Error, .cpu = 2, .state = kA, .nth = 2};
  EXPECT_EQ(judged(error).outcome, Outcome::Error);
  EXPECT_THAT(invariants(judged(error)), testing::IsEmpty());
  Fault hang = error;
  hang.kind = FaultKind::Hang;
  EXPECT_EQ(judged(hang).outcome, Outcome::Hang);
  EXPECT_THAT(invariants(judged(hang)), testing::IsEmpty()) << "the fault explains it";
  Fault panic = error;
  panic.kind = FaultKind::Panic;
  EXPECT_EQ(judged(panic).outcome, Outcome::Panic);
  EXPECT_THAT(invariants(judged(panic)), testing::IsEmpty());
}

TEST(Judge, AHangThatNoFaultExplainsIsAFinding) {
  MachineConfig c = small_machine({op_up(2)});
  c.faults = {{.kind = FaultKind::NeverReleased, .cpu = 2}};
  const RunResult r = run(c);
  ASSERT_FALSE(r.hung.empty());
  EXPECT_THAT(unexplained(r, c), testing::IsEmpty());
  c.faults[0].kind = FaultKind::NeverAlive;  // as if that had led to it
  const std::vector<Finding> found = unexplained(r, c);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].invariant, kUnexplainedHang);
  EXPECT_NE(found[0].place, "");
}

TEST(Judge, OnlyAFaultThatStruckExplains) {
  MachineConfig c = small_machine({op_up(2)});
  c.faults = {{.kind = FaultKind::NeverReleased, .cpu = 2}};
  RunResult r = run(c);
  r.fault_counts[0] = 0;
  EXPECT_EQ(unexplained(r, c).size(), 1u);
}

TEST(Judge, ExcusesAreForTheirKernelsOnly) {
  const std::vector<Fault> never_dead{{.kind = FaultKind::NeverDead, .cpu = 1}};
  EXPECT_TRUE(excused_by(never_dead, Rules::of({6, 12})).probe);
  EXPECT_FALSE(excused_by(never_dead, Rules::of({4, 5})).probe);
  const auto late = [](Ns delay) {
    return excused_by({{.kind = FaultKind::DeadLate, .delay = delay}}, Rules::of({6, 12})).probe;
  };
  EXPECT_FALSE(late(9_s));
  EXPECT_TRUE(late(15_s));
  const Excused none = excused_by({{.kind = FaultKind::Error}}, Rules::of({6, 12}));
  EXPECT_FALSE(none.hang || none.panic || none.probe);
}

// The kernel would die of it, and rightly: no case makes a teardown fail while a state goes.
TEST(CampaignPlan, NoErrorOfATeardownInARegistration) {
  MachineConfig c = small_machine({{.kind = OpKind::Boot}}, Design::Symmetric, Rules::of({6, 12}));
  c.declared = {{.name = "drv", .startup = "drv_up", .teardown = "drv_down", .number = 5}};
  c.table.at(kY) = State{.id = kY, .section = Section::Online};
  c.declared[0].number = kY;
  for (const OpKind kind : {OpKind::Setup, OpKind::Remove, OpKind::Setup})
    c.operations.push_back({.kind = kind, .state = declared_id(0)});
  CampaignPlan plan({c}, {.kinds = {FaultKind::Error}}, runner());
  std::set<std::uint32_t> during;
  for (std::uint64_t i = 0; i < plan.size(); ++i)
    for (const Fault& f : plan.at(i).faults)
      if (f.state == declared_id(0) && f.direction == Direction::Down)
        during.insert(f.during.value());
  EXPECT_EQ(during, std::set<std::uint32_t>{4}) << "when the CPU goes down";
}

// A CPU that stays broken after its fault: seen by what it does when nothing strikes any more.
TEST(Judge, AProbeThatFailsIsAFinding) {
  CampaignPlan plan = small_plan({});
  CampaignCase c = plan.at(2);
  ASSERT_EQ(c.mode, CaseMode::FaultFree);
  // The plan knows what a sound machine returns; this run's is not sound, and no fault says so.
  const std::vector<int> sound = plan.fault_free_returns(0, 2, runner());
  EXPECT_THAT(sound, testing::Each(testing::Ge(0)));
  const Verdict v = judge_case(plan, c, [](const MachineConfig& config) {
    RunResult r = run(config);
    r.operations.back().ret = -5;
    return r;
  });
  ASSERT_EQ(v.findings.size(), 1u);
  EXPECT_EQ(v.findings[0].invariant, kProbe);
  EXPECT_EQ(v.findings[0].place, "up -EIO");
  EXPECT_EQ(v.findings[0].cpu, 2u);
}

/// The findings of a fault-free case of CPU 2 whose last operations return something else.
Verdict probed(const std::function<void(RunResult&)>& change, const MachineConfig& config) {
  CampaignPlan plan({config}, {.singles = true, .kinds = {FaultKind::Error}}, runner());
  plan.fault_free_returns(0, 2, runner());
  return judge_case(plan, plan.at(2), [&](const MachineConfig& c) {
    RunResult r = run(c);
    change(r);
    return r;
  });
}

TEST(Judge, AProbeThatWorksIsNoFinding) {
  MachineConfig c = small_machine({{.kind = OpKind::Boot}}, Design::Symmetric, Rules::of({6, 12}));
  CampaignPlan plan({c}, {.kinds = {FaultKind::Error}}, runner());
  const std::vector<int> sound = plan.fault_free_returns(0, 2, [](const MachineConfig& config) {
    RunResult r = run(config);
    r.operations.back().ret = -EPERM;  // as if SMT control forbade it on a sound machine
    return r;
  });
  ASSERT_EQ(sound.back(), -EPERM);
  EXPECT_THAT(judge_case(plan, plan.at(2), runner()).findings, testing::IsEmpty());
}

// The last CPU that is online may not go, whatever the faults have done to the others.
TEST(Judge, OnlyTheLastCpuMayRefuseToGo) {
  MachineConfig c = small_machine({{.kind = OpKind::Boot}}, Design::Symmetric, Rules::of({6, 12}));
  const auto busy = [](RunResult& r) { r.operations[r.operations.size() - 2].ret = -EBUSY; };
  EXPECT_EQ(probed(busy, c).findings.size(), 1u) << "others are online";
  const auto alone = [&](RunResult& r) {
    busy(r);
    const NameId online = r.stream.names.find("online");
    std::vector<Event> gone;
    for (const CpuId cpu : {0u, 1u, 3u})
      gone.push_back({.cpu = cpu, .on = cpu, .name = online, .kind = EventKind::MaskClear});
    const auto up = std::find_if(
        r.stream.events.begin(), r.stream.events.end(),
        [](const Event& e) { return e.kind == EventKind::OpBegin && e.instance == 3; });
    for (Event& e : gone) e.time = up->time;
    r.stream.events.insert(up, gone.begin(), gone.end());
  };
  EXPECT_THAT(invariants(probed(alone, c)), testing::Not(testing::Contains(kProbe)));
}

// A CPU that has left the machine cannot be plugged, and that is right.
TEST(Judge, ACpuThatHasLeftMayRefuseToGo) {
  MachineConfig c = small_machine({{.kind = OpKind::Boot}}, Design::Symmetric, Rules::of({6, 12}));
  const auto refused = [](RunResult& r) { r.operations[r.operations.size() - 2].ret = -EINVAL; };
  EXPECT_THAT(invariants(probed(refused, c)), testing::Contains(kProbe)) << "it is there";
  const auto absent = [&](RunResult& r) {
    refused(r);
    const auto boot = std::find_if(r.stream.events.begin(), r.stream.events.end(),
                                   [](const Event& e) { return e.kind == EventKind::OpEnd; });
    const Event left{.time = boot->time, .cpu = 2, .on = 0, .kind = EventKind::Present};
    r.stream.events.insert(boot + 1, left);
  };
  EXPECT_THAT(invariants(probed(absent, c)), testing::Not(testing::Contains(kProbe)));
}

// A fault that first strikes when the CPUs are made ready for their probes is not over.
TEST(Judge, AFaultThatStrikesLateIsNotOver) {
  CampaignPlan plan = small_plan({.singles = false, .random = 1});
  CampaignCase c = plan.at(0);
  const CpuId cpu = 2;
  c.operations = {{.kind = OpKind::Down, .cpu = cpu}, {.kind = OpKind::Up, .cpu = cpu}};
  c.prepares = 1;
  c.probes = {{cpu, 2 + c.operations.size()}};
  for (const OpKind kind : {OpKind::Up, OpKind::Down, OpKind::Up})
    c.operations.push_back({.kind = kind, .cpu = cpu});
  c.faults = {{.kind = FaultKind::Error, .cpu = cpu, .state = kX, .nth = 2}};
  plan.fault_free_returns(0, cpu, runner());
  const auto broken = [](const MachineConfig& config) {
    RunResult r = run(config);
    if (r.operations.size() > 5) r.operations.back().ret = -EIO;
    return r;
  };
  EXPECT_THAT(invariants(judge_case(plan, c, broken)), testing::Not(testing::Contains(kProbe)));
  c.faults.front().nth = 1;
  EXPECT_THAT(invariants(judge_case(plan, c, broken)), testing::Contains(kProbe));
}

TEST(Tally, CountsRunsAndEachFindingOnce) {
  Tally tally;
  const Finding a{.invariant = "I1", .place = "x"}, b{.invariant = "I1", .place = "y"};
  tally.add({0, "async", "fault_free", {}, "ok", {}});
  tally.add({1, "async", "single", {"error"}, "error", {a, a, b}});
  tally.add({2, "parallel", "single", {"error"}, "hang", {a}});
  tally.add({3, "async", "single", {"error"}, "ok", {}});
  ASSERT_EQ(tally.rows().size(), 3u);
  EXPECT_EQ(tally.rows()[1].runs, 2u);
  EXPECT_EQ(tally.rows()[1].with_findings, 1u);
  EXPECT_EQ(tally.runs_with_findings(), 2u);
  ASSERT_EQ(tally.findings().size(), 2u);
  EXPECT_EQ(tally.findings()[0].runs, 2u);
  EXPECT_EQ(tally.findings()[0].first_case, 1u);
  EXPECT_THAT(tally.findings()[0].designs, testing::ElementsAre("async", "parallel"));
}

TEST(Tally, CountsByPlace) {
  Tally tally;
  const Finding a{.invariant = "I1", .place = "x"}, b{.invariant = "I2", .place = "y"};
  tally.add({0, "async", "fault_free", {}, "ok", {}});
  tally.add({1, "async", "single", {"error"}, "error", {a, a, b}, "rx up"});
  tally.add({2, "async", "single", {"hang"}, "hang", {a}, "rx up"});
  tally.add({3, "async", "single", {"error"}, "ok", {}, "rx down"});
  tally.add({4, "parallel", "single", {"error"}, "ok", {}, "rx up"});
  tally.add({5, "async", "single", {"never_alive"}, "ok", {}});
  tally.add({6, "async", "pair", {"error", "error"}, "ok", {}, "rx up"});
  std::vector<std::string> places;
  for (const TallyPlace& p : tally.places())
    places.push_back(p.design + ' ' + p.place + ' ' + std::to_string(p.runs));
  EXPECT_THAT(places,
              testing::ElementsAre("async none 1", "async rx up 2", "async rx down 1",
                                   "parallel rx up 1", "async never_alive 1", "async pairs 1"));
  const TallyPlace& up = tally.places()[1];
  EXPECT_EQ(up.with_findings, 2u);
  ASSERT_EQ(up.found.size(), 2u);
  EXPECT_EQ(up.found[0].title, "I1 of x");
  EXPECT_EQ(up.found[0].runs, 2u);
  EXPECT_EQ(up.found[0].first_case, 1u);
  EXPECT_EQ(up.found[1].runs, 1u);
}

Finding under(const char* place, std::size_t cause) {
  Finding f{.invariant = "I5", .place = place};
  f.cause = cause;
  f.follows = Follows::Walk;
  return f;
}

// A task in the wrong place shows at every state of the way, and each case begins at another one.
TEST(Tally, OneBugThatBeginsAtAnotherStateInEachCaseIsOneFinding) {
  const Finding a{.invariant = "I5", .place = "a"}, b{.invariant = "I5", .place = "b"},
      far{.invariant = "I5", .place = "far"}, leak{.invariant = "leak", .place = "a"};
  Tally tally;
  tally.add({1, "async", "single", {"error"}, "error", {b, under("c", 0), leak}});
  tally.add({2, "async", "single", {"error"}, "error", {a, under("b", 0), under("c", 0)}});
  tally.add({3, "async", "single", {"error"}, "error", {far}});
  const std::vector<UniqueFinding> findings = tally.findings();
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0].first.place, "b");
  EXPECT_EQ(findings[0].first_case, 1u);
  EXPECT_EQ(findings[0].runs, 1u);
  EXPECT_THAT(findings[0].followers, testing::ElementsAre(Follower{"I5", "c", Follows::Walk, 2},
                                                          Follower{"I5", "a", Follows::Walk, 1}));
  EXPECT_EQ(findings[1].first.invariant, "leak");
  EXPECT_EQ(findings[2].first.place, "far");
}

TEST(Record, AFindingKeepsAllThatItSays) {
  Finding f{.invariant = "I12",
            .source = "here",
            .cpu = 3,
            .time = 7_ns,
            .text = "wrong",
            .place = "rx:online",
            .state = 202,
            .state_name = "rx:online",
            .callback = "rx_online",
            .instance = 1,
            .wanted = "right",
            .operation = 4};
  f.operation_text = "down cpu3";
  f.faults = {"error of CPU 3"};
  f.around = {{6_ns, "before", false}, {7_ns, "itself", true}};
  Finding after = under("x", 0);
  after.text = "wrong as well";
  const OrderedJson json = findings_json({f, after});
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["where"],
            "CPU 3, state 202 (rx:online), rx_online(), instance 1, operation 4 (down cpu3)");
  EXPECT_EQ(findings_json(findings_from(json)), json);
  const std::string text = broken_text({f, after});
  for (const char* words :
       {"broken: I12 at 7 ns: wrong\n", "where:   CPU 3, state 202 (rx:online), rx_online(), ",
        "fault:   error of CPU 3\n", "should:  right (here)\n", "> ", "7 ns  itself",
        "follows: further findings of the same cause (1): I5 of x\n"})
    EXPECT_NE(text.find(words), std::string::npos) << words << '\n' << text;
}

TEST(Record, ALineAndBack) {
  CampaignPlan plan = small_plan({.kinds = {FaultKind::Error}});
  const CampaignCase c = plan.at(plan.size() - 1);
  Verdict v{.outcome = Outcome::Error, .returns = {0, -12, std::nullopt}, .digest = "ab"};
  v.findings = {{.invariant = "I9", .cpu = 3, .time = 7_ns, .text = "t\"x", .place = "p"}};
  const Record r = parse_record(record_line(plan, c, v));
  EXPECT_EQ(r.number, c.number);
  EXPECT_EQ(r.design, "symmetric");
  EXPECT_EQ(r.outcome, "error");
  ASSERT_EQ(r.findings.size(), 1u);
  EXPECT_EQ(r.findings[0].text, "t\"x");
  EXPECT_EQ(r.findings[0].cpu, 3u);
  EXPECT_EQ(r.findings[0].time, 7_ns);
  EXPECT_EQ(parse_record(crash_line(plan, c, "signal 11")).findings[0].invariant, kCrash);
  EXPECT_THROW(parse_record("{\"case\":1}"), BadInput);
}

// Written and read without a document, as if there had been one.
TEST(Record, ALineIsWhatItsDocumentWouldBe) {
  CampaignPlan plan = small_plan({.random = 200});
  for (std::uint64_t i = 0; i < plan.size(); ++i) {
    const CampaignCase c = plan.at(i);
    const Verdict v{.outcome = Outcome::Hang, .returns = {0, -12, std::nullopt}, .digest = "ab"};
    const std::string line = record_line(plan, c, v);
    const OrderedJson document = OrderedJson::parse(line);
    ASSERT_EQ(document.dump(), line);
    for (std::size_t k = 0; k < c.faults.size(); ++k)
      ASSERT_EQ(document["faults"][k], fault_json(c.faults[k], plan.config(0)));
    const Record plain = parse_record(line), read = parse_record(' ' + line);
    ASSERT_EQ(plain.number, read.number);
    ASSERT_EQ(plain.design, read.design);
    ASSERT_EQ(plain.mode, read.mode);
    ASSERT_EQ(plain.kinds, read.kinds);
    ASSERT_EQ(plain.place, read.place);
    ASSERT_EQ(plain.outcome, read.outcome);
  }
}

TEST(Record, ADamagedLineIsNoLine) {
  CampaignPlan plan = small_plan({.singles = false, .random = 20});
  for (std::uint64_t i = 0; i < plan.size(); ++i) {
    const std::string line = record_line(plan, plan.at(i), {.returns = {0, -12, std::nullopt}});
    for (std::size_t at = 0; at < line.size(); ++at) {
      std::string damaged = line;
      damaged.erase(at, 1);
      if (OrderedJson::accept(damaged)) continue;
      EXPECT_THROW(parse_record(damaged), BadInput) << damaged;
    }
  }
}

TEST(Record, NumbersThatNoFieldHoldsMakeNoLine) {
  const std::string finding =
      R"({"case":1,"design":"d","mode":"m","faults":[],"outcome":"o","ret":[],"digest":"",)"
      R"("findings":[{"invariant":"I1","place":"p","cpu":CPU,"time_ns":TIME,"text":"t","source":"s",)"
      R"("state":null,"state_name":"","callback":"","instance":null,"operation":null,"faults":[],)"
      R"("wanted":"","events":[],"follows":[]}]})";
  const auto with = [&](const std::string& cpu, const std::string& time) {
    std::string line = finding;
    replace_all(line, "CPU", cpu);
    replace_all(line, "TIME", time);
    return line;
  };
  EXPECT_EQ(parse_record(with("3", "7")).findings.size(), 1u);
  for (const char* cpu : {"-1", "4294967296", "1e300", "0.5"})
    EXPECT_THROW(parse_record(with(cpu, "7")), BadInput) << cpu;
  for (const char* time : {"1e300", "9223372036854775808", "\"7\""})
    EXPECT_THROW(parse_record(with("3", time)), BadInput) << time;
}

TEST(Record, ALineWithoutItsEndIsNoLine) {
  EXPECT_THROW(parse_record(R"({"case":1,"design":"symmetric","mode":"single"})"), BadInput);
}

TEST(Record, AnEndlessNestIsNoLine) {
  const std::string nest(100'000, '[');
  EXPECT_THROW(parse_record("{\"case\":" + nest), BadInput);
  EXPECT_THROW(parse_record("{\"case\":" + nest + std::string(nest.size(), ']') + "}"), BadInput);
}

TEST(CampaignFile, AShardThatCannotBeIsRefused) {
  const ScenarioFolder folder;
  for (const char* shard :
       {R"({"index":1,"of":0})", R"({"index":0,"of":2})", R"({"index":3,"of":2})",
        R"({"index":-1,"of":2})", R"({"index":1.0,"of":1e300})", R"({"index":1})", "[]"}) {
    const std::string file =
        folder.write("a.jsonl", R"({"cpuhp_faults":1,"scenario":"s","cases":0,"shard":)" +
                                    std::string(shard) + "}\n");
    EXPECT_THAT(
        folder.error_of([&] { merge_campaign_files({file}, "", [](const std::string&) {}); }),
        testing::HasSubstr("expected a file that `cpuhp-sim faults --out` wrote"))
        << shard;
  }
}

// Delta debugging leaves what is needed, and only that: here CPU 5's driver and its fault.
TEST(Reduce, LeavesOutAllButTheFinding) {
  const ScenarioFolder folder;
  const std::string path = folder.write("s.json", R"({"version": 2, "table": "table.json",
    "machine": {"cores": 4, "threads": 2}, "seed": 7, "boot_work_ns": 100000,
    "states": [{"name": "other", "number": 5, "startup": "o_up", "resources": ["o"]},
               {"name": "leaks", "number": 6, "startup": "l_up", "teardown": "l_down",
                "resources": [{"name": "l", "on_error": "kept"}]}],
    "operations": [{"op": "boot"}, {"op": "setup", "state": "other"},
      {"op": "setup", "state": "leaks"}, {"op": "down", "cpu": 2}, {"op": "up", "cpu": 2},
      {"op": "down", "cpu": 5}, {"op": "up", "cpu": 5}, {"op": "up", "cpu": 5}],
    "faults": [{"kind": "delay", "cpu": 2, "state": "other", "delay_ns": 5},
               {"kind": "error", "cpu": 5, "state": "leaks", "nth": 2}]})");
  Trials trials(8);
  const Finding leak{.invariant = "state-resource-leak", .place = "l"};
  const Reduced r = reduce(self_contained_scenario(path), leak, trials);
  EXPECT_TRUE(r.reproduced);
  EXPECT_EQ(r.cpus, 2u);
  EXPECT_EQ(r.faults, 1u);
  EXPECT_EQ(r.states, 1u);
  EXPECT_LE(r.operations, 4u);
  // What is told has the numbers of the scenario that is left: of its two CPUs, its operations.
  EXPECT_LT(r.finding.cpu, 2u);
  EXPECT_LT(r.finding.operation, r.operations);
  EXPECT_EQ(r.finding.faults.size(), 1u);
  EXPECT_EQ(r.finding.text, "l of CPU " + std::to_string(r.finding.cpu) +
                                " was not given back, although the CPU rests below state " +
                                std::to_string(r.finding.state));
  EXPECT_EQ(parse_scenario(r.scenario.dump(), "r.json").config.declared.at(0).name, "leaks");
  EXPECT_FALSE(r.scenario.contains("boot_work_ns"));
  EXPECT_FALSE(r.scenario.contains("seed"));
  bool expected = false;
  for (const OrderedJson& f : r.scenario["expect"]["findings"])
    expected = expected || (f["invariant"] == "state-resource-leak" && f["place"] == "l");
  EXPECT_TRUE(expected) << r.scenario["expect"];
  // Nothing else is broken that was not: no artefact of what was left out.
  for (const OrderedJson& f : r.scenario["expect"]["findings"])
    EXPECT_TRUE(std::string(f["invariant"]).starts_with("state-resource-")) << f;
  const Reduced nothing =
      reduce(self_contained_scenario(path), {.invariant = "I99", .place = "l"}, trials);
  EXPECT_FALSE(nothing.reproduced);
}

}  // namespace
}  // namespace cpuhp
