// The certificate of a campaign: what was struck, what is left, what cannot be.
#include "sim/campaign/certificate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "model/checks/checks.hpp"
#include "model/faults/candidates.hpp"
#include "model/judged_run.hpp"
#include "sim/campaign/judge.hpp"
#include "sim/campaign/plan.hpp"
#include "sim/error.hpp"
#include "sim/report/certificate_report.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/model/small_machine.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

using namespace test;
using testing::Contains;
using testing::HasSubstr;

RunMachine run_here() {
  return [](const MachineConfig& config) { return run(config); };
}

/// Two CPUs and a driver.
MachineConfig small_driver(Design design = Design::Symmetric) {
  MachineConfig c = machine({.cores_per_socket = 2}, small_table(Rules::of({6, 12})), {op_boot()});
  c.design = design;
  c.declared = {{.name = "drv", .startup = "drv_up", .teardown = "drv_down", .number = 5}};
  c.operations.push_back({.kind = OpKind::Setup, .state = declared_id(0)});
  return c;
}

CampaignPlan plan_of(const MachineConfig& config, CampaignOptions options = {}) {
  if (options.kinds.empty()) options.kinds = enumerated_kinds();
  return CampaignPlan({config}, options, run_here());
}

std::vector<std::string> lines_of_cases(CampaignPlan& plan) {
  std::vector<std::string> lines;
  for (std::uint64_t i = 0; i < plan.size(); ++i) {
    const CampaignCase c = plan.at(i);
    lines.push_back(record_line(plan, c, judge_case(plan, c, run_here())));
  }
  return lines;
}

Certificate certificate_of(const CampaignPlan& plan, const std::vector<std::string>& lines) {
  Certificate certificate(certificate_plan(plan));
  for (const std::string& line : lines) certificate.add(parse_record(line));
  return certificate;
}

const CertificateCell* cell_of(const Certificate& certificate, const std::string& place,
                               const std::string& kind) {
  for (const CertificateCell& c : certificate.cells())
    if (c.place == place && c.kind == kind) return &c;
  ADD_FAILURE() << place << ", " << kind;
  return nullptr;
}

TEST(Certificate, NoSiteIsLeftOfASmallMachine) {
  for (const Design design : {Design::Notifier, Design::Symmetric, Design::Async}) {
    CampaignPlan plan = plan_of(small_driver(design));
    const Certificate certificate = certificate_of(plan, lines_of_cases(plan));
    EXPECT_GT(certificate.sites(), 150u) << to_string(design);
    EXPECT_EQ(certificate.left(), 0u) << to_string(design);
    EXPECT_EQ(certificate.sites(), plan.size() - 2) << "each single fault is a site of its own";
    EXPECT_THAT(certificate_text(certificate), HasSubstr("struck: no site left\n"));
  }
}

TEST(Certificate, AKindThatNoCaseTriesIsLeft) {
  CampaignPlan plan = plan_of(small_driver(), {.dropped = FaultKind::Hang});
  const Certificate certificate = certificate_of(plan, lines_of_cases(plan));
  std::uint64_t sites = 0;
  for (std::size_t i = 0; i < certificate.cells().size(); ++i) {
    const CertificateCell& c = certificate.cells()[i];
    if (c.kind != "hang") {
      EXPECT_EQ(c.struck, c.sites) << c.place << ' ' << c.kind;
      continue;
    }
    sites += c.sites;
    EXPECT_EQ(c.struck, 0u) << c.place;
    EXPECT_FALSE(certificate.left(i).empty()) << c.place;
  }
  EXPECT_GT(sites, 10u);
  EXPECT_EQ(certificate.left(), sites);
  const std::string text = certificate_text(certificate);
  EXPECT_THAT(text, HasSubstr("hang struck 0 of"));
  EXPECT_EQ(text.find("no site left"), std::string::npos);
}

// What the campaign calls a time that a place is passed, counted from the events instead.
TEST(Certificate, ASiteIsACallOfACallback) {
  for (const Design design : {Design::Notifier, Design::Symmetric, Design::Async}) {
    const MachineConfig config = small_driver(design);
    CampaignPlan plan = plan_of(config);
    for (const CpuId cpu : {0u, 1u}) {
      CampaignCase c = plan.fault_free(0, cpu);
      const RunResult r = run(plan.configure_unprobed(c));
      std::map<std::tuple<StateId, bool, InstanceId>, std::uint32_t> calls, passes;
      for (const Event& e : r.stream.events) {
        if (!is_callback(e.kind) || e.kind == EventKind::Exit || e.cpu != cpu) continue;
        const StateTable& table = config.table;
        if (!table.valid(e.step) || e.step == kBringup || e.step == kTeardown) continue;
        const bool up = r.stream.names[e.name] == table.at(e.step).startup;
        if (!up && r.stream.names[e.name] != table.at(e.step).teardown) continue;
        const bool multi = e.kind == EventKind::MultiEnter;
        ++calls[{e.step, up, multi ? e.instance : kNoInstance}];
      }
      for (const CampaignSite& s : plan.sites(0))
        for (const SitePasses& p : s.passed)
          if (p.cpu == cpu && s.site.kind == FaultKind::Delay && !is_declared(s.site.state))
            passes[{s.site.state, s.site.direction == Direction::Up, p.instance}] = p.passes;
      EXPECT_EQ(calls, passes) << to_string(design) << ", CPU " << cpu;
      EXPECT_GT(calls.size(), 5u);
    }
  }
}

TEST(Certificate, WhatCannotBeStruckHasItsReason) {
  const auto reasons = [](const MachineConfig& config) {
    std::set<std::string> found;
    const Certificate certificate(certificate_plan(plan_of(config)));
    for (const CertificateReason& r : certificate.reasons())
      for (const std::string& place : r.places) found.insert(place + ": " + r.why);
    return found;
  };
  EXPECT_THAT(reasons(small_driver()),
              Contains("b:prepare down: the state has no callback in this direction"));
  MachineConfig not_set_up = small_driver();
  not_set_up.operations.pop_back();
  EXPECT_THAT(reasons(not_set_up), Contains("drv up: no operation sets the state up"));
  MachineConfig alone = small_driver();
  alone.present = CpuMask(2);
  alone.present.set(0);
  EXPECT_THAT(reasons(alone), Contains("takedown: the machine has one CPU, and the last online CPU "
                                       "does not go down"));
  MachineConfig empty = small_driver();
  empty.table.at(kMulti).instances = 0;
  EXPECT_THAT(reasons(empty), Contains("m:online up: the state has no instances"));
}

TEST(Certificate, TellsWhereTheCpuCameToRest) {
  CampaignPlan plan = plan_of(small_driver(), {.kinds = {FaultKind::Error, FaultKind::Hang}});
  const Certificate certificate = certificate_of(plan, lines_of_cases(plan));
  using Back = std::map<std::string, std::uint64_t>;
  EXPECT_EQ(cell_of(certificate, "x:online up", "error")->back, (Back{{"offline", 3}}));
  EXPECT_EQ(cell_of(certificate, "x:online down", "error")->back, (Back{{"online", 2}}));
  EXPECT_EQ(cell_of(certificate, "x:online up", "hang")->never_rested, 3u);
  for (const CertificateTurn& turn : certificate.turns()) {
    EXPECT_TRUE(turn.expected) << turn.at << ' ' << turn.direction;
    EXPECT_GT(turn.runs, 0u) << turn.at << ' ' << turn.direction;
    EXPECT_EQ(turn.back.begin()->first, turn.direction == "up" ? "offline" : "online") << turn.at;
  }
  EXPECT_GT(certificate.turns().size(), 5u);
}

TEST(Certificate, CountsRunsInWhichAnInvariantHadSomethingToJudge) {
  CampaignPlan plan = plan_of(small_driver(), {.kinds = {FaultKind::Error}});
  const std::vector<std::string> lines = lines_of_cases(plan);
  const Certificate certificate = certificate_of(plan, lines);
  std::map<std::string, std::uint64_t> runs;
  for (const CertificateInvariant& i : certificate.invariants()) runs[i.name] = i.runs;
  EXPECT_EQ(runs["I3"], lines.size());
  EXPECT_GT(runs["I10"], 0u);
  EXPECT_LT(runs["I10"], lines.size());
  EXPECT_EQ(runs["I43"], 0u);
  EXPECT_THAT(certificate_text(certificate), testing::ContainsRegex("never: .*I43"));
}

TEST(Certificate, IsTheSameFromLinesInAnyOrder) {
  CampaignPlan plan = plan_of(small_driver(), {.kinds = {FaultKind::Error, FaultKind::LostIpi}});
  std::vector<std::string> lines = lines_of_cases(plan);
  const auto json = certificate_json(certificate_of(plan, lines));
  std::ranges::reverse(lines);
  EXPECT_EQ(certificate_json(certificate_of(plan, lines)), json);
  lines.insert(lines.end(), lines.begin(), lines.begin() + 3);
  EXPECT_NE(certificate_json(certificate_of(plan, lines)), json) << "more runs";
}

// Each finding needs something to judge: an invariant whose row says otherwise would be told as
// never exercised although a run has broken it.
TEST(Certificate, AnInvariantThatIsBrokenWasExercised) {
  namespace fs = std::filesystem;
  std::set<std::string> broken;
  with_bare_simulator([&](Simulator& simulator) {
    for (const char* folder : {"scenarios/history", "scenarios/faults"})
      for (const auto& file : fs::directory_iterator(source_path(folder))) {
        if (file.path().extension() != ".json") continue;
        const Scenario scenario = load_scenario(file.path().string());
        const RunResult r = simulator.run(scenario.config);
        const Judged judged = judged_by(scenario.config, r.ok());
        Exercised exercised;
        exercised.take(r.stream, judged);
        for (const Finding& f : check_all(r.stream, judged)) {
          const std::string name =
              f.invariant == "I11" || f.invariant == "I12" ? "I11, I12" : f.invariant;
          const auto row = std::ranges::find(kExercises, name, &Exercise::invariant);
          if (row == kExercises.end()) continue;
          broken.insert(name);
          EXPECT_TRUE(exercised.invariants() >> (row - kExercises.begin()) & 1)
              << file.path().filename() << ": " << name;
        }
      }
  });
  EXPECT_GT(broken.size(), 25u);
}

TEST(Certificate, ALineKeepsWhatWasStruckAndTurned) {
  CampaignPlan plan = plan_of(small_driver());
  for (const std::string& line : lines_of_cases(plan)) {
    const Record plain = parse_record(line), read = parse_record(' ' + line);
    ASSERT_EQ(plain.judged, read.judged);
    ASSERT_EQ(plain.struck.size(), read.struck.size()) << line;
    ASSERT_EQ(plain.struck.size(), plain.mode == "single" ? 1u : 0u) << line;
    for (std::size_t i = 0; i < plain.struck.size(); ++i) {
      const StruckSite &a = plain.struck[i], &b = read.struck[i];
      EXPECT_EQ(std::tie(a.kind, a.place, a.cpu, a.time, a.instance, a.back),
                std::tie(b.kind, b.place, b.cpu, b.time, b.instance, b.back));
    }
    ASSERT_EQ(plain.turns.size(), read.turns.size()) << line;
    for (std::size_t i = 0; i < plain.turns.size(); ++i)
      EXPECT_EQ(plain.turns[i].at, read.turns[i].at);
  }
}

TEST(Certificate, ALineOfAnOlderProgramIsReadAndSaysNothing) {
  const std::string old =
      R"({"case":1,"design":"symmetric","mode":"single","faults":[{"kind":"hang","cpu":1,)"
      R"("state":"x:online"}],"outcome":"hang","ret":[null],"digest":"ab","findings":[]})";
  const Record record = parse_record(old);
  EXPECT_FALSE(record.judged);
  CampaignPlan plan = plan_of(small_driver());
  EXPECT_EQ(certificate_of(plan, {old}).struck(), 0u);
  EXPECT_EQ(certificate_text(Certificate()), "");
  EXPECT_TRUE(certificate_json(Certificate()).is_null());
}

TEST(Certificate, ADamagedListOfSitesIsRefused) {
  CampaignPlan plan = plan_of(small_driver(), {.kinds = {FaultKind::Error}});
  OrderedJson sites = certificate_plan(plan);
  sites["designs"][0]["cells"][0]["passed"][0]["cpus"] = "1-x";
  const auto error = [](const OrderedJson& json) {
    try {
      Certificate(json, "a.jsonl");
    } catch (const BadInput& bad) {
      return std::string(bad.what());
    }
    return std::string();
  };
  EXPECT_THAT(error(sites), HasSubstr("a.jsonl: the list of sites is damaged"));
  EXPECT_THAT(error(OrderedJson::array()), HasSubstr("a.jsonl: the list of sites is damaged"));
}

TEST(Led, EachSiteIsAimedAtOnceBeforeAnyAgain) {
  const CampaignOptions led{.singles = false, .random = 2'000, .led = true};
  CampaignPlan plan = plan_of(small_driver(), led), again = plan_of(small_driver(), led);
  const std::size_t sites = plan.aims()[0].size();
  ASSERT_GT(sites, 150u);
  std::set<std::string> aimed;
  for (std::uint64_t i = 0; i < 2 * sites; ++i) {
    const CampaignCase c = plan.at(i);
    ASSERT_FALSE(c.faults.empty());
    ASSERT_EQ(c.faults, again.at(i).faults);
    EXPECT_EQ(c.operations[0].kind, OpKind::Down);
    EXPECT_EQ(c.operations[0].cpu, c.faults[0].cpu);
    aimed.insert(fault_json(c.faults[0], plan.config(0)).dump());
    if (i + 1 == sites) {
      EXPECT_EQ(aimed.size(), sites) << "each one";
    }
  }
  EXPECT_EQ(aimed.size(), sites) << "and then those again";
}

TEST(Led, StrikesMoreSitesThanChance) {
  const auto struck = [](bool led) {
    CampaignPlan plan = plan_of(small_driver(), {.singles = false, .random = 250, .led = led});
    return certificate_of(plan, lines_of_cases(plan)).struck();
  };
  EXPECT_GT(struck(true), struck(false) * 5 / 4);
}

TEST(Led, SitesThatWereStruckAreNotAimedAt) {
  CampaignPlan plan = plan_of(small_driver(), {.singles = false, .random = 50, .led = true});
  plan.aim_at([](const CampaignPlan::Aim& aim) { return aim.fault.kind == FaultKind::LostIpi; });
  for (std::uint64_t i = 0; i < plan.size(); ++i)
    EXPECT_EQ(plan.at(i).faults.at(0).kind, FaultKind::LostIpi);
  plan.aim_at([](const CampaignPlan::Aim&) { return false; });
  CampaignPlan unled = plan_of(small_driver(), {.singles = false, .random = 50});
  for (std::uint64_t i = 0; i < plan.size(); ++i)
    EXPECT_EQ(plan.at(i).faults, unled.at(i).faults) << "nothing to aim at";
}

}  // namespace
}  // namespace cpuhp
