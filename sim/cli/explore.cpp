// cpuhp-sim explore: runs a small machine in every order of its events.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>

#include "sim/campaign/campaign_file.hpp"
#include "sim/campaign/shard.hpp"
#include "sim/campaign/workers.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/progress.hpp"
#include "sim/error.hpp"
#include "sim/explore/explore_case.hpp"
#include "sim/host.hpp"
#include "sim/report/fault_text.hpp"
#include "sim/report/json_text.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/stop.hpp"

namespace cpuhp::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ExploreWords {
  std::string scenario;
  std::vector<std::string> designs;
  std::vector<std::string> sets;
  bool singles = false;
  ExplorePlan plan;
  unsigned jobs = 0;
  std::string orders;
  std::string out;
  std::string shard;
  std::vector<std::string> merge;
  std::string format = "text";
};

void check_policy(const std::string& word) {
  if (std::ranges::find(kPolicyNames, word) != kPolicyNames.end()) return;
  throw BadInput{BadInputAt{
      .message =
          "--policy: unknown policy \"" + word + "\", expected dpor, bounded, pct, random or all",
      .suggestion = nearest(word, {kPolicyNames.begin(), kPolicyNames.end()})}};
}

std::vector<Scenario> load(const ExploreWords& o) {
  const std::vector<SetOverride> sets = parse_sets(o.sets);
  std::vector<Scenario> scenarios;
  if (o.designs.empty()) {
    scenarios.push_back(load_scenario(o.scenario, sets));
  } else {
    scenarios =
        load_under_designs(o.scenario, parse_designs("--designs", o.designs), sets).scenarios;
  }
  for (const Scenario& s : scenarios) check_explorable(s);
  return scenarios;
}

/// Writes the scenario of a finding's order, and returns the name of the file.
std::string write_order(const ExploreWords& o, const Json& line, const Json& finding) {
  OrderedJson scenario = self_contained_scenario(o.scenario);
  scenario.erase("designs");
  scenario.erase("expect");
  scenario["design"] = line["design"];
  if (!line["fault"].is_null()) {
    if (!scenario.contains("faults")) scenario["faults"] = OrderedJson::array();
    scenario["faults"].push_back(line["fault"]);
  }
  scenario["order"] = finding["order"];
  const std::string name =
      fmt::format("{}-case{}-{}.json", std::string(line["design"]),
                  line["case"].get<std::uint64_t>(), std::string(finding["invariant"]));
  scenario["name"] = name.substr(0, name.size() - 5);
  const std::string path = (std::filesystem::path(o.orders) / name).string();
  write_file_atomically(path, scenario_text(scenario));
  return path;
}

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

/// The cases, as far as they were explored.
struct Answers {
  std::vector<Json> lines;  ///< in the order of the cases
  std::uint64_t cases = 0;  ///< all of them, of every shard

  bool complete() const {
    return lines.size() == cases && std::ranges::all_of(lines, [](const Json& line) {
             return line["complete"].get<bool>();
           });
  }
  std::uint64_t sum(const char* field) const {
    std::uint64_t all = 0;
    for (const Json& line : lines) all += line[field].get<std::uint64_t>();
    return all;
  }
  std::uint64_t findings() const {
    std::uint64_t all = 0;
    for (const Json& line : lines) all += line["findings"].size();
    return all;
  }
};

/// Says which turn is meant: "cpuhp on CPU 1, runqueue of CPU 1 for the time 2".
std::string turn_text(const Json& turn) {
  const std::uint32_t nth = turn.value("nth", 1u);
  return fmt::format("{} on CPU {} ({}{})", std::string(turn["task"]), turn["cpu"].get<CpuId>(),
                     std::string(turn["point"]), nth > 1 ? fmt::format(", time {}", nth) : "");
}

std::string text_of(const ExploreWords& o, const Answers& a, double estimate) {
  std::string text =
      fmt::format("{}: {}, {}\n\n", o.scenario,
                  a.cases == 1 ? "one case" : with_commas(a.cases) + " cases", o.plan.policy);
  std::map<std::string, std::vector<const Json*>> by_design;
  std::vector<std::string> designs;
  for (const Json& line : a.lines) {
    const std::string design = line["design"];
    if (!by_design.contains(design)) designs.push_back(design);
    by_design[design].push_back(&line);
  }
  text += fmt::format("{:<10} {:>6} {:>12} {:>10} {:>9} {:>8} {:>8}  {}\n", "design", "cases",
                      "orders", "given up", "deepest", "ends", "found", "complete");
  for (const std::string& design : designs) {
    std::uint64_t orders = 0, given_up = 0, deepest = 0, ends = 0, found = 0, complete = 0;
    for (const Json* line : by_design[design]) {
      orders += (*line)["orders"].get<std::uint64_t>();
      given_up += (*line)["given_up"].get<std::uint64_t>();
      deepest = std::max(deepest, (*line)["deepest"].get<std::uint64_t>());
      ends += (*line)["ends"].size();
      found += (*line)["findings"].size();
      complete += (*line)["complete"].get<bool>() ? 1 : 0;
    }
    const std::uint64_t cases = by_design[design].size();
    text += fmt::format("{:<10} {:>6} {:>12} {:>10} {:>9} {:>8} {:>8}  {}\n", design, cases,
                        with_commas(orders), with_commas(given_up), deepest, ends, found,
                        complete == cases ? "yes" : fmt::format("{} of {}", complete, cases));
  }
  if (estimate > 0)
    text += fmt::format(
        "\nWithout the reduction there would be about 10^{:.1f} orders{} (estimated from 20 drawn "
        "ones).\n",
        estimate, designs.size() > 1 ? " of the design that has most" : "");
  std::vector<std::string> bounds;
  for (const Json& line : a.lines)
    if (!line["bound"].is_null() &&
        std::ranges::find(bounds, line["bound"].get<std::string>()) == bounds.end())
      bounds.push_back(line["bound"]);
  for (const std::string& bound : bounds) text += "not complete: " + bound + '\n';
  if (a.lines.size() < a.cases)
    text += fmt::format("not complete: {} of {} cases were explored\n", with_commas(a.lines.size()),
                        with_commas(a.cases));
  for (const Json& line : a.lines)
    for (const Json& f : line["findings"]) {
      text += fmt::format("\n{} in {} orders, design {}: {}\n", std::string(f["invariant"]),
                          with_commas(f["orders"].get<std::uint64_t>()),
                          std::string(line["design"]), std::string(f["text"]));
      if (!line["fault"].is_null()) text += "  with the fault " + line["fault"].dump() + '\n';
      if (!f["repeats"].get<bool>())
        text += "  its holds alone do not show it again\n";
      else if (f["order"].empty())
        text += "  needs no hold: the order of the dates shows it\n";
      for (const Json& hold : f["order"])
        text += "  " + turn_text(hold["hold"]) + "\n    stands still until " +
                turn_text(hold["until"]) + " has run\n";
      if (f.contains("file")) text += "  repeat: cpuhp-sim run " + std::string(f["file"]) + '\n';
    }
  text += fmt::format("\n{}: {} orders, {} finding{}\n", a.complete() ? "complete" : "not complete",
                      with_commas(a.sum("orders")), a.findings(), a.findings() == 1 ? "" : "s");
  return text;
}

std::string json_of(const ExploreWords& o, const Answers& a, double estimate) {
  Json json{{"version", 1}, {"scenario", o.scenario}, {"policy", o.plan.policy}};
  json["complete"] = a.complete();
  json["cases_all"] = a.cases;
  json["orders"] = a.sum("orders");
  json["turns"] = a.sum("turns");
  json["estimated_orders_log10"] = std::round(estimate * 10) / 10;
  json["cases"] = a.lines;
  return json_text(json);
}

/// Returns the first line of the file of an exploration.
std::string header_of(const ExploreWords& o, const std::vector<ExploreCase>& cases,
                      const Shard& shard) {
  const ExplorePlan& p = o.plan;
  Json json{{"cpuhp_explore", 1}, {"scenario", o.scenario}, {"sets", o.sets}};
  json["policy"] = p.policy;
  json["numbers"] = {p.holds, p.depth, p.seed, p.runs, p.most};
  json["timeouts"] = p.timeouts;
  json["designs"] = Json::array();
  for (const ExploreCase& c : cases)
    if (!c.fault) json["designs"].push_back(to_string(c.design));
  json["cases"] = cases.size();
  json["shard"] = to_string(shard);
  return json.dump();
}

/// Returns the line of a case that ended its process.
Json line_of_death(const ExploreCase& c, const std::string& death) {
  Json line{{"case", c.number}, {"design", to_string(c.design)}};
  line["fault"] = c.fault ? fault_json(*c.fault, c.config) : Json();
  line["complete"] = false;
  for (const char* number : {"orders", "given_up", "turns", "deepest"}) line[number] = 0;
  line["bound"] = "the case ended its process: " + death;
  line["ends"] = Json::array();
  line["findings"] = {{{"invariant", "crash"},
                       {"place", ""},
                       {"cpu", nullptr},
                       {"text", "cpuhp-sim died: " + death},
                       {"orders", 0},
                       {"repeats", false},
                       {"order", Json::array()}}};
  return line;
}

/// Reads the files of shards. A case that several have counts once.
Answers read_shards(const ExploreWords& o, const std::vector<ExploreCase>& cases) {
  const auto plain = [](const std::string& header) {
    return header.substr(0, header.find(",\"shard\":"));
  };
  const std::string wanted = plain(header_of(o, cases, {}));
  std::map<std::uint64_t, Json> lines;
  for (const std::string& path : o.merge) {
    std::ifstream in(path);
    std::string line;
    if (!in || !std::getline(in, line))
      throw BadInput{path + ": cannot read the file of an exploration"};
    if (plain(line) != wanted)
      throw BadInput{path + ": the file belongs to another exploration: its first line is " +
                     plain(line).substr(0, 200) + ", expected " + wanted.substr(0, 200)};
    while (std::getline(in, line) && !in.eof())
      lines.emplace(case_of_line(path, line), Json::parse(line));
  }
  Answers answers;
  answers.cases = cases.size();
  for (auto& [number, line] : lines) answers.lines.push_back(std::move(line));
  return answers;
}

/// Explores the cases of the shard that `file` lacks.
Answers run_cases(const ExploreWords& o, const std::vector<ExploreCase>& cases, const Shard& shard,
                  CpuId cpus) {
  Answers answers;
  answers.cases = cases.size();
  std::optional<CampaignFile> file;
  if (!o.out.empty())
    file.emplace(o.out, header_of(o, cases, shard), shard, cases.size(),
                 [&](const std::string& line) { answers.lines.push_back(Json::parse(line)); });
  const std::uint64_t done = answers.lines.size(), all = shard.cases(cases.size());
  Progress progress("cases");
  Workers workers(
      o.jobs == 0 ? host_cores() : o.jobs, cpus, [&](Simulator& simulator, std::string_view task) {
        return explore_case(simulator, cases[std::stoull(std::string(task))], o.plan).dump();
      });
  workers.run(
      all - done, [&](std::uint64_t i) { return std::to_string(shard.number(done + i)); },
      [&](std::uint64_t i, const Workers::Answer& answer) {
        answers.lines.push_back(answer.text
                                    ? Json::parse(*answer.text)
                                    : line_of_death(cases[shard.number(done + i)], answer.death));
        if (file) file->append(answers.lines.back().dump());
        if (file) file->flush();
        progress.show(done + i + 1, all, with_commas(answers.sum("orders")) + " orders");
      });
  return answers;
}

int execute_explore(const ExploreWords& o) {
  const Format format = parse_report_format(o.format);
  check_policy(o.plan.policy);
  if (o.plan.timeouts && o.plan.policy == "dpor")
    throw BadInput{
        "--timeouts: the reduction goes by turns that ran, and does not know of deadlines that did "
        "not pass; expected --policy bounded, pct, random or all"};
  if (!o.orders.empty() && !o.sets.empty())
    throw BadInput{
        "--orders: writes scenarios that repeat an order, and does not know of --set; change the "
        "scenario file instead"};
  if (!o.orders.empty()) require_folder(o.orders);
  if (!o.merge.empty() && !o.shard.empty())
    throw BadInput{"--merge: puts all shards together, so --shard has no meaning"};
  const Shard shard =
      is_auto_shard(o.shard)
          ? shard_of_environment(o.shard,
                                 [](const std::string& name) { return host_variable(name); })
                .shard
          : parse_shard(o.shard);
  const std::vector<Scenario> scenarios = load(o);
  CpuId cpus = 1;
  for (const Scenario& s : scenarios) cpus = std::max(cpus, s.config.topology.nr_cpus());
  std::vector<ExploreCase> cases;
  double estimate = 0;
  with_bare_simulator([&](Simulator& simulator) {
    cases = explore_cases(scenarios, o.singles, simulator);
    for (const Scenario& s : scenarios)
      estimate = std::max(estimate, estimated_orders(simulator, without_dates(s.config)));
  });
  const GentleStop gentle;
  Answers answers = o.merge.empty() ? run_cases(o, cases, shard, cpus) : read_shards(o, cases);
  if (!o.merge.empty() && !o.out.empty() && answers.lines.size() == cases.size()) {
    std::string text = header_of(o, cases, {}) + '\n';
    for (const Json& line : answers.lines) text += line.dump() + '\n';
    write_file_atomically(o.out, text);
  }
  if (!o.orders.empty())
    for (Json& line : answers.lines)
      for (Json& finding : line["findings"])
        if (finding["repeats"].get<bool>()) finding["file"] = write_order(o, line, finding);
  print(format == Format::Json ? json_of(o, answers, estimate) : text_of(o, answers, estimate));
  if (answers.findings() > 0) return kFinding;
  const bool all_there = answers.lines.size() == shard.cases(cases.size());
  return all_there ? kFine : kIncomplete;
}

}  // namespace

Command add_explore(CLI::App& program) {
  auto o = std::make_shared<ExploreWords>();
  CLI::App* const app = program.add_subcommand(
      "explore", "Run a small machine in every order of its events, and judge each");
  add_input(*app, "SCENARIO", o->scenario, "Scenario file (docs/reference/scenario.md)");
  add_designs(*app, "--designs,--design", o->designs,
              "Designs in place of the scenario's, separated by commas");
  add_sets(*app, "--set", o->sets, "Replace a value of the scenario; may be repeated");
  app->add_flag("--singles", o->singles,
                "Explore once more with each single fault that the operations pass");
  app->add_option("--policy", o->plan.policy,
                  "dpor: every order, up to places of turns that share nothing (default)\n"
                  "bounded: every order with at most --holds holds\n"
                  "pct: --runs orders by random priorities, for bugs of --depth turns\n"
                  "random: --runs orders, each turn with equal chances\n"
                  "all: every order, without a reduction")
      ->type_name("POLICY");
  app->add_option("--holds", o->plan.holds, "For bounded: the most holds (default 2)")
      ->check(CLI::Range(0, 100))
      ->type_name("N");
  app->add_option("--depth", o->plan.depth, "For pct: the depth of the bugs (default 2)")
      ->check(CLI::Range(1, 10))
      ->type_name("N");
  app->add_option("--runs", o->plan.runs, "For pct and random: orders of a case (default 1000)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->type_name("N");
  app->add_option("--most", o->plan.most, "The most runs of a case (default 1000000)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}))
      ->type_name("N");
  app->add_option("--seed", o->plan.seed, "For pct and random (default 1)")->type_name("N");
  app->add_flag(
      "--timeouts", o->plan.timeouts,
      "Deadlines of waits that do not poll may pass at any time, and not only where nothing\n"
      "else can happen; not with dpor");
  app->add_option("--orders", o->orders,
                  "Folder for the orders of findings: scenarios that `run` repeats")
      ->type_name("FOLDER");
  app->add_option("--out", o->out,
                  "File to which the cases are appended; the same command goes on from it")
      ->type_name("FILE");
  app->add_option("--shard", o->shard,
                  "Explore one part of the cases: 2/4 is the second of four; auto: as Slurm, GNU\n"
                  "parallel, googletest or LAVA say")
      ->type_name("I/N");
  app->add_option(
         "--merge", o->merge,
         "Put the files of shards together, instead of exploring; with --out: the file that\n"
         "one process would have written")
      ->type_name("FILE");
  add_jobs(*app, o->jobs);
  add_report_format(*app, o->format);
  app->footer(
      "The number of orders stands beside the word complete, or beside the bound that was "
      "reached.\n"
      "docs/explore.md says what is proven by it, and what is not.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim explore scenarios/explore/down-beside-suspend.json\n"
      "  cpuhp-sim explore scenarios/explore/down-beside-suspend.json --singles --design async\n"
      "  cpuhp-sim explore scenarios/boot-8-cpus.json --policy pct --depth 3 --runs 5000\n"
      "\n"
      "Exit code 1: there is a finding. 75: cases are missing, and there is none so far.");
  return {app, [o] { return execute_explore(*o); }};
}

}  // namespace cpuhp::cli
