// cpuhp-sim faults: runs a fault campaign on one scenario.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "model/faults/candidates.hpp"
#include "sim/campaign/against.hpp"
#include "sim/campaign/campaign.hpp"
#include "sim/campaign/merge.hpp"
#include "sim/cli/campaign_pictures.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/report_output.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/report/against_report.hpp"
#include "sim/report/campaign_report.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/stop.hpp"
#include "sim/version.hpp"

namespace cpuhp::cli {
namespace {

/// Upper limit of runs with --pairs. More runs are hardly ever intended.
constexpr std::uint64_t kPairRunsMax = 1'000'000;

struct FaultsOptions {
  std::string scenario;
  bool singles = false;
  bool pairs = false;
  std::uint64_t random = 0;
  std::uint64_t seed = 1;
  std::vector<std::string> designs;
  std::vector<std::string> kinds;
  unsigned jobs = 0;
  std::string shard;
  std::string out;
  std::string junit;
  std::string report;
  std::string findings = "findings";
  std::vector<std::string> merge;
  std::string format = "text";
  std::optional<double> verify;
  bool no_sharing = false;
  bool led = false;
  std::string led_by;
  bool no_reduce = false;
  std::string against;
};

std::vector<FaultKind> parse_kinds(const std::vector<std::string>& words) {
  const std::vector<FaultKind> all = enumerated_kinds();
  if (words.empty()) return all;
  std::vector<FaultKind> chosen, kinds;
  for (const std::string& word : words) chosen.push_back(parse_fault_kind("--kinds", word));
  for (const FaultKind kind : all)
    if (std::find(chosen.begin(), chosen.end(), kind) != chosen.end()) kinds.push_back(kind);
  return kinds;
}

CampaignRequest request_of(const FaultsOptions& o, Against* against) {
  const bool default_singles = !o.pairs && o.random == 0;
  return {.scenario = o.scenario,
          .designs = parse_designs("--designs", o.designs),
          .options = {.singles = o.singles || default_singles,
                      .pairs = o.pairs,
                      .random = o.random,
                      .seed = o.seed,
                      .led = o.led || !o.led_by.empty(),
                      .kinds = parse_kinds(o.kinds)},
          .jobs = o.jobs == 0 ? host_cores() : o.jobs,
          .shard = parse_shard(o.shard),
          .out = o.out,
          .program = version(),
          .led_by = o.led_by,
          .verify = o.verify.value_or(0),
          .sharing = !o.no_sharing,
          .each_line = against == nullptr
                           ? std::function<void(const std::string&)>()
                           : [against](const std::string& line) { against->add(line); }};
}

void show(const FaultsOptions& o, const CampaignReport& report) {
  const Format format = parse_test_format(o.format);
  print(format == Format::Json   ? campaign_json(report)
        : format == Format::Ktap ? ktap_text({campaign_ktap(report)})
                                 : campaign_text(report, look_of_stdout()));
}

void add_repeats(CampaignReport& report) {
  for (const ReducedFinding& f : report.findings)
    report.repeats.push_back(RepeatLine("run").word(f.file).text());
}

/// Tells which runs, or which reduced findings, are missing because a signal has ended the command.
std::string what_is_missing(const FaultsOptions& o, std::uint64_t done, std::uint64_t all,
                            const CampaignReport& report) {
  if (done == all && !o.no_reduce)
    return stopped_text(report.findings.size(), report.tally.findings().size(),
                        "findings reduced to small scenarios");
  return stopped_text(done, all, "runs") +
         (o.out.empty() ? "" : "; the same command continues " + o.out);
}

std::uint64_t run_cases(Campaign& campaign) {
  Progress progress("runs");
  return campaign.run([&](std::uint64_t done, std::uint64_t all, std::uint64_t findings) {
    progress.show(done, all, ", " + grouped(findings) + " with findings");
  });
}

int report_campaign(const FaultsOptions& o, const CampaignReport& report) {
  if (!o.junit.empty()) write_file_atomically(o.junit, junit_xml(campaign_junit(report)));
  show(o, report);
  return report.tally.findings().empty() ? kFine : kFinding;
}

/// Reads the campaign to compare with; no value: none was named.
std::optional<Against> open_against(const FaultsOptions& o) {
  if (o.against.empty()) return std::nullopt;
  return std::optional<Against>(std::in_place, o.against);
}

/// Reports what differs from the earlier campaign, in the place of the campaign's own report.
int report_against(const FaultsOptions& o, Against& against, const std::string& header,
                   const CampaignReport& campaign) {
  against.set_header(header);
  against.finish();
  AgainstReport report{.name = campaign.name, .against = against, .notes = campaign.notes};
  for (std::size_t i = 0; i < campaign.findings.size(); ++i)
    report.repeats[finding_title(campaign.findings[i].finding.first)] = campaign.repeats[i];
  if (!o.junit.empty()) write_file_atomically(o.junit, junit_xml(against_junit(report)));
  const Format format = parse_test_format(o.format);
  print(format == Format::Json   ? against_json(report)
        : format == Format::Ktap ? ktap_text({against_ktap(report)})
                                 : against_text(report, look_of_stdout()));
  return against.is_worse() ? kFinding : kFine;
}

/// Returns the command to repeat the campaign.
std::string campaign_line(const FaultsOptions& o) {
  RepeatLine line("faults");
  line.word(o.scenario).flag("--singles", o.singles).flag("--pairs", o.pairs);
  if (o.random > 0)
    line.option("--random", std::to_string(o.random)).option("--seed", std::to_string(o.seed));
  line.flag("--led", o.led).option("--led-by", o.led_by);
  line.list("--designs", o.designs).list("--kinds", o.kinds).option("--shard", o.shard);
  return line.text();
}

void write_campaign_report(const FaultsOptions& o, Campaign& campaign,
                           const CampaignReport& report) {
  std::size_t left_out = 0;
  std::vector<PictureGroup> groups = campaign_pictures(campaign, report.findings, &left_out);
  std::string subtitle = grouped(report.tally.runs()) +
                         " runs, each with its own faults: does the machine survive them?";
  if (left_out > 0)
    subtitle += fmt::format(" Pictures of {} more cases would make this page too long.", left_out);
  write_report(o.report, {.command = "faults",
                          .title = report.name,
                          .subtitle = std::move(subtitle),
                          .repeat = campaign_line(o),
                          .document = campaign_json(report),
                          .groups = std::move(groups)});
}

/// Says what merged files lack. Without that there is no verdict.
int tell_gaps(const Merged& merged) {
  fmt::print(stderr, "cpuhp-sim: incomplete: {} of {} cases are missing, so there is no verdict\n",
             grouped(merged.missing), grouped(merged.cases));
  for (const std::string& gap : merged.gaps) fmt::print(stderr, "  {}\n", gap);
  return kIncomplete;
}

/// Merges the files of shards. Runs nothing.
int merge(const FaultsOptions& o) {
  if (!o.report.empty() || o.verify)
    throw BadInput{
        fmt::format("faults: {} does not go together with --merge, because --merge runs no cases",
                    o.report.empty() ? "--verify" : "--report")};
  if (o.out.empty() && o.against.empty())
    throw BadInput{"faults: --merge needs --out FILE.jsonl for the merged lines"};
  if (!o.out.empty()) require_output(o.out, o.merge);
  Tally tally;
  std::optional<Against> against = open_against(o);
  const Merged merged = merge_campaign_files(
      o.merge, o.out,
      [&](const std::string& line) {
        tally.add(parse_record(line));
        if (against) against->add(line);
      },
      [&](const OrderedJson& first) {
        const auto sites = first.find("certificate");
        if (sites != first.end()) tally = Tally(Certificate(*sites, o.merge.front()));
      });
  if (merged.missing > 0) return tell_gaps(merged);
  const CampaignReport report{.name = OrderedJson::parse(merged.header).value("scenario", ""),
                              .tally = tally};
  return against ? report_against(o, *against, merged.header, report) : report_campaign(o, report);
}

/// Runs cases again. When one gives another result than before, no result can be trusted: prints a
/// message and returns false.
bool holds_again(const FaultsOptions& o, const Campaign& campaign) {
  if (!o.verify) return true;
  const std::vector<Differing> differing = campaign.verify();
  constexpr std::size_t kShownMax = 5;
  for (std::size_t i = 0; i < std::min(differing.size(), kShownMax); ++i)
    fmt::print(stderr,
               "cpuhp-sim: internal error: case {} had another result when it was run again in a "
               "separate process\n"
               "  before: {}\n"
               "   again: {}\n",
               differing[i].number, differing[i].before, differing[i].again);
  if (differing.empty())
    fmt::print(stderr,
               "verified: {} of {} runs, repeated in separate processes, have the same results\n",
               grouped(campaign.verified()), grouped(campaign.cases()));
  else
    fmt::print(stderr,
               "cpuhp-sim: {} of {} repeated runs have another result: this is a bug of cpuhp-sim; "
               "please report it with the command and its files\n",
               grouped(differing.size()), grouped(campaign.verified()));
  return differing.empty();
}

int run_campaign(const FaultsOptions& o) {
  if (o.scenario.empty()) throw BadInput{"faults: a SCENARIO file is missing"};
  if (o.random == 0 && (o.led || !o.led_by.empty()))
    throw BadInput{fmt::format("faults: {} leads random cases, so it needs --random N",
                               o.led ? "--led" : "--led-by")};
  std::optional<Against> against = open_against(o);
  Campaign campaign(request_of(o, against ? &*against : nullptr));
  // Who goes on with a file, or reports on a merged one, knows how many runs these are.
  const bool goes_on = !o.out.empty() && std::filesystem::exists(o.out);
  if (o.pairs && !goes_on && campaign.cases() > kPairRunsMax)
    throw BadInput{
        fmt::format("the campaign has {} runs, but --pairs allows at most {}: limit the runs by "
                    "--designs, --kinds or --shard, or use a machine with fewer CPUs",
                    grouped(campaign.cases()), grouped(kPairRunsMax))};
  const GentleStop gentle;
  fmt::print(stderr, "{}: {} runs\n", campaign.name(), grouped(campaign.cases()));
  const std::uint64_t done = run_cases(campaign);
  CampaignReport report{
      .name = campaign.name(), .tally = campaign.tally(), .notes = campaign.notes()};
  try {
    if (!o.no_reduce) campaign.reduce(o.findings, report.findings);
  } catch (const BadInput&) {  // when the disk is full, at least the results are shown
    add_repeats(report);
    show(o, report);
    throw;
  }
  add_repeats(report);
  if (stop_signal() != 0) {
    report.missing = what_is_missing(o, done, campaign.cases(), report);
    report.notes.push_back(report.missing);
    show(o, report);
    // What runs shards wants to know whether to run this one again; a person knows the signal, and
    // main() adds its exit code.
    return o.shard.empty() ? kFine : kIncomplete;
  }
  if (!holds_again(o, campaign)) return kOurBug;
  if (!o.report.empty()) write_campaign_report(o, campaign, report);
  return against ? report_against(o, *against, campaign.header(), report)
                 : report_campaign(o, report);
}

/// Puts the shard that the environment names in the place of "auto", and says which one that is.
void resolve_shard(FaultsOptions& o) {
  if (!is_auto_shard(o.shard)) return;
  const NamedShard named = shard_of_environment(o.shard, host_variable);
  o.shard = to_string(named.shard);
  fmt::print(stderr, "shard {} by {}\n", o.shard, named.by);
}

int execute_faults(FaultsOptions& o) {
  if (o.verify && !(*o.verify > 0 && *o.verify <= 100))
    throw BadInput{
        fmt::format("--verify: expected a percentage above 0, up to 100, found {}", *o.verify)};
  parse_test_format(o.format);
  resolve_shard(o);
  if (!o.against.empty() && !o.shard.empty())
    throw BadInput{
        "faults: --against needs the whole campaign: merge its shards, and compare the merged file "
        "(--merge ALL.jsonl --against OLD.jsonl)"};
  if (!o.junit.empty()) require_output(o.junit, {o.scenario});
  require_report(o.report, {o.scenario});
  if (o.merge.empty()) require_folder(o.findings);
  if (o.merge.empty() && !o.out.empty()) require_appendable(o.out);
  return o.merge.empty() ? run_campaign(o) : merge(o);
}

void add_cases(CLI::App& app, FaultsOptions& o) {
  app.add_option("SCENARIO", o.scenario, "Scenario file")->type_name("");
  app.add_flag("--singles", o.singles,
               "Run every fault of every CPU, one fault in each run; default if neither --pairs "
               "nor --random is given");
  app.add_flag("--pairs", o.pairs,
               "Run every combination of two of the faults of --singles, both in one run");
  app.add_option("--random", o.random, "Run N cases with random faults and operations")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1'000'000'000}))
      ->type_name("N");
  add_seed(app, o.seed, "Seed of the random cases")->capture_default_str();
  app.add_flag("--led", o.led,
               "Have each random case aim at a site that a single fault can strike, at each one "
               "before at any one again");
  app.add_option("--led-by", o.led_by,
                 "The same, but only at the sites that the cases in a file of another campaign "
                 "(--out) on this scenario have not struck")
      ->type_name("FILE.jsonl");
  add_designs(app, "--designs,--design", o.designs,
              "Designs, separated by commas; default: all designs that the scenario allows");
  app.add_option("--kinds", o.kinds, "Kinds of faults, separated by commas; default: all")
      ->delimiter(',')
      ->type_name("K,K,...")
      ->allow_extra_args(false);
}

void add_outputs(CLI::App& app, FaultsOptions& o) {
  add_jobs(app, o.jobs);
  app.add_option(
         "--shard", o.shard,
         "Run only every N-th case, beginning with case number I; auto: the environment of a "
         "Slurm array, GNU parallel, googletest or LAVA says which (docs/scale.md)")
      ->type_name("I/N|auto[/N]");
  app.add_option(
         "--out", o.out,
         "Append one line for each case; if the file is incomplete, the same command continues it")
      ->type_name("FILE.jsonl");
  app.add_option("--verify", o.verify,
                 "Run P per cent of the cases again, each in a separate process, and compare the "
                 "results: a difference is a bug of cpuhp-sim (exit code 70)")
      ->type_name("P");
  app.add_flag("--no-sharing", o.no_sharing,
               "Simulate each case from its first operation on, instead of what comes before its "
               "fault once for many cases: the same results, more slowly");
  app.add_option("--merge", o.merge,
                 "Run no cases: merge the files of all shards into the file --out, which then "
                 "equals the file of a campaign without --shard; if cases are missing, --out is a "
                 "part that can be merged on (exit code 75)")
      ->type_name("FILE.jsonl");
  app.add_option(
         "--against", o.against,
         "Report what came, went or came out otherwise since this campaign, whose cases are "
         "matched by their faults; exit code 1 then means that something got worse")
      ->type_name("OLD.jsonl");
  app.add_flag("--no-reduce", o.no_reduce,
               "Make no small scenarios of the findings: for shards, when the merged campaign has "
               "them made once");
  app.add_option("--findings", o.findings, "Folder in which each finding is written as a scenario")
      ->type_name("DIR")
      ->capture_default_str();
  add_junit(app, o.junit);
  add_report(app, o.report);
  add_test_format(app, o.format);
}

}  // namespace

Command add_faults(CLI::App& program) {
  auto o = std::make_shared<FaultsOptions>();
  CLI::App* const app = program.add_subcommand(
      "faults", "Inject every fault that is possible, and check that the machine survives it");
  add_cases(*app, *o);
  add_outputs(*app, *o);
  app->footer(
      "Each case runs the scenario's operations with a fault and takes the faulty CPU down and up\n"
      "again. When the fault is over, the case takes the CPU down and up once more\n"
      "(docs/faults.md). The command reduces each finding to a small scenario of its own:\n"
      "`cpuhp-sim run` repeats it, `cpuhp-sim test` tests it.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim faults scenarios/faults-of-a-driver.json\n"
      "  cpuhp-sim faults scenarios/faults-of-a-driver.json --report faults.html\n"
      "  cpuhp-sim faults scenarios/offline-one-cpu.json --designs parallel --kinds error,hang\n"
      "  cpuhp-sim faults scenarios/offline-one-cpu.json --random 10000 --out random.jsonl\n"
      "  cpuhp-sim faults scenarios/offline-one-cpu.json --kinds error --format ktap\n"
      "  cpuhp-sim faults scenarios/offline-one-cpu.json --shard 1/2 --out 1.jsonl\n"
      "  cpuhp-sim faults --merge 1.jsonl 2.jsonl --out all.jsonl\n"
      "  cpuhp-sim faults scenarios/offline-one-cpu.json --against old.jsonl\n"
      "\n"
      "Exit code 1: the campaign has findings. Exit code 75: cases are missing, after a signal to "
      "a\n"
      "shard or in --merge.");
  return {app, [o] { return execute_faults(*o); }};
}

}  // namespace cpuhp::cli
