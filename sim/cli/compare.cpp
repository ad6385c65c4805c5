// cpuhp-sim compare: scenarios under several designs, on the same machine with the same draws.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <memory>

#include "sim/analysis/expectations.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/report_output.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/report/comparison_report.hpp"
#include "sim/report/html/run_picture.hpp"
#include "sim/report/run_report.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp::cli {
namespace {

struct CompareOptions {
  std::vector<std::string> scenarios;
  std::vector<std::string> designs;  ///< empty: all that the scenario allows
  std::uint32_t seeds = 1;
  std::vector<std::string> sets;
  bool exact = false;
  std::string report;
  std::string format = "text";
};

/// One scenario under each design; the seeds follow each other from the scenario's own.
struct Work {
  std::string file;
  std::vector<Scenario> by_design;
  std::vector<std::string> notes;
};

std::vector<Work> load(const CompareOptions& o) {
  const std::vector<Design> designs = parse_designs("--designs", o.designs);
  std::vector<Work> all;
  for (const std::string& file : o.scenarios) {
    UnderDesigns under = load_under_designs(file, designs, parse_sets(o.sets));
    all.push_back({file, std::move(under.scenarios), std::move(under.notes)});
  }
  return all;
}

/// "12 of 400 runs" on a terminal's last line, for work that takes a while.
class CompareProgress {
 public:
  explicit CompareProgress(std::size_t total) : total_(total), shown_(stderr_is_terminal()) {}
  ~CompareProgress() { clear(); }
  CompareProgress(const CompareProgress&) = delete;
  CompareProgress& operator=(const CompareProgress&) = delete;

  void step() {
    ++done_;
    const std::int64_t now = host_milliseconds();
    if (!shown_ || now - last_ < 200) return;
    if (last_ != 0 || now - begin_ > 500) {
      fmt::print(stderr, "\r{} of {} runs", done_, total_);
      last_ = now;
    }
  }
  void clear() {
    if (last_ != 0) fmt::print(stderr, "\r\033[K");
    last_ = 0;
  }

 private:
  std::size_t total_;
  std::size_t done_ = 0;
  std::int64_t begin_ = host_milliseconds();
  std::int64_t last_ = 0;
  bool shown_;
};

/// One line for a hang or panic that the scenario is not about, and the command that repeats it.
std::string deaths(const CompareOptions& o, const Work& work, const Scenario& scenario,
                   const RunResult& result) {
  std::string text;
  Scenario judged = scenario;
  judged.expect = {.hang = scenario.expect.hang, .panic = scenario.expect.panic};
  for (const Expectation& e : check_expectations(judged, result))
    if (!e.holds)
      text += fmt::format("finding: {} under {}: {}: expected {}, found {}\n", scenario.name,
                          to_string(result.design), e.what, e.expected, e.found);
  if (text.empty()) return text;
  text += fmt::format("repeat: {} run {} --design {} --seed {}", shell_word(program_name),
                      shell_word(work.file), to_string(result.design), result.seed);
  for (const std::string& set : o.sets) text += " --set " + shell_word(set);
  return text + (o.exact ? " --exact\n" : "\n");
}

struct Compared {
  std::vector<Comparison> comparisons;
  std::vector<std::vector<DesignPicture>> pictures;  ///< of each comparison's first seed
  std::vector<PictureGroup> lanes;                   ///< the same for --report
  std::string findings;
};

DesignPicture picture(const RunResult& r) {
  return {.design = std::string(to_string(r.design)),
          .control = r.control_cpu_time,
          .online = online_counts(r.stream),
          .end = r.boot > Ns{} ? r.boot : r.end};
}

void compare_one(const CompareOptions& o, const Work& work, Simulator& simulator,
                 CompareProgress& progress, Compared& compared) {
  const Scenario& first = work.by_design.front();
  Comparison c{.scenario = first.name,
               .machine = machine_text(first.config) + ", table " + first.config.table.name(),
               .baseline = first.config.design,
               .runs = {},
               .notes = work.notes};
  for (const Scenario& s : work.by_design)
    if (s.config.design == Design::Notifier) c.baseline = Design::Notifier;
  std::vector<DesignPicture> pictures;
  PictureGroup lanes{"", first.name, {}};
  const bool text = parse_format(o.format) == Format::Text;
  for (std::uint32_t i = 0; i < o.seeds; ++i)
    for (const Scenario& scenario : work.by_design) {
      MachineConfig config = scenario.config;
      config.seed += i;
      const bool shown = (text || !o.report.empty()) && i == 0;
      const RunResult result = simulator.run(
          config, {.exact = o.exact, .keep_events = shown, .only_masks = o.report.empty()});
      compared.findings += deaths(o, work, scenario, result);
      c.runs.push_back(figures(result));
      if (shown) pictures.push_back(picture(result));
      if (shown && !o.report.empty())
        lanes.runs.push_back(run_picture(std::string(to_string(result.design)), config, result));
      progress.step();
    }
  compared.comparisons.push_back(std::move(c));
  compared.pictures.push_back(std::move(pictures));
  compared.lanes.push_back(std::move(lanes));
}

std::string compare_line(const CompareOptions& o) {
  std::string line = shell_word(program_name) + " compare";
  for (const std::string& file : o.scenarios) line += ' ' + shell_word(file);
  if (!o.designs.empty()) {
    line += " --designs ";
    for (const std::string& design : o.designs) line += (line.back() == ' ' ? "" : ",") + design;
  }
  if (o.seeds != 1) line += " --seeds " + std::to_string(o.seeds);
  for (const std::string& set : o.sets) line += " --set " + shell_word(set);
  return line + (o.exact ? " --exact" : "");
}

/// All comparisons as one page.
HtmlReport page_of(const CompareOptions& o, const std::vector<Work>& all, Compared& compared) {
  std::string title;
  for (const Comparison& c : compared.comparisons)
    title += (title.empty() ? "" : ", ") + c.scenario;
  return {.command = "compare",
          .title = title,
          .subtitle = all.size() == 1 ? all.front().by_design.front().description : "",
          .repeat = compare_line(o),
          .document = comparison_json(compared.comparisons),
          .groups = std::move(compared.lanes)};
}

void show(const CompareOptions& o, const Compared& compared) {
  switch (parse_format(o.format)) {
    case Format::Text: {
      std::string text;
      for (std::size_t i = 0; i < compared.comparisons.size(); ++i)
        text += (i == 0 ? "" : "\n") +
                comparison_text(compared.comparisons[i], compared.pictures[i], look_of_stdout());
      print(text + (compared.findings.empty() ? "" : "\n" + compared.findings));
      return;
    }
    case Format::Json:
      print(comparison_json(compared.comparisons));
      break;
    case Format::Csv:
      print(comparison_csv(compared.comparisons));
      break;
  }
  std::fputs(compared.findings.c_str(), stderr);
}

int execute_compare(const CompareOptions& o) {
  parse_format(o.format);
  const std::vector<Work> all = load(o);
  require_report(o.report, o.scenarios);
  CpuId cpus = 0;
  for (const Work& work : all)
    for (const Scenario& s : work.by_design) cpus = std::max(cpus, s.config.topology.nr_cpus());

  Compared compared;
  with_simulator(cpus, [&](Simulator& simulator) {
    std::size_t runs = 0;
    for (const Work& work : all) runs += work.by_design.size() * o.seeds;
    CompareProgress progress(runs);
    for (const Work& work : all) compare_one(o, work, simulator, progress, compared);
  });
  if (!o.report.empty()) write_report(o.report, page_of(o, all, compared));
  show(o, compared);
  return compared.findings.empty() ? kFine : kFinding;
}

}  // namespace

Command add_compare(CLI::App& program) {
  auto o = std::make_shared<CompareOptions>();
  CLI::App* const app =
      program.add_subcommand("compare", "Run scenarios under several designs and compare them");
  app->add_option("SCENARIO", o->scenarios, "Scenario files")->required()->type_name("");
  app->add_option("--designs", o->designs,
                  "Designs, separated by commas; default: all that the scenario allows")
      ->delimiter(',')
      ->type_name("D,D,...")
      ->allow_extra_args(false);
  app->add_option("--seeds", o->seeds, "Number of seeds, from the scenario's on")
      ->check(CLI::Range(1u, 1'000'000u))
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--set", o->sets, "Change any value of the scenarios; may be repeated")
      ->type_name("/POINTER=VALUE")
      ->allow_extra_args(false);
  app->add_flag("--exact", o->exact, "One engine event a step: slower, the same result");
  add_report(*app, o->report);
  add_format(*app, o->format);
  app->footer(
      "Examples:\n"
      "  cpuhp-sim compare scenarios/boot-8-cpus.json\n"
      "  cpuhp-sim compare scenarios/skylake-112-boot.json --report skylake.html\n"
      "  cpuhp-sim compare scenarios/boot-8-cpus.json --designs symmetric,parallel --set /jitter=2 "
      "--seeds 20\n"
      "  cpuhp-sim compare scenarios/boot-8-cpus.json --format json\n"
      "\n"
      "Every design runs on the same machine: a step costs the same in each, and draws depend "
      "only\n"
      "on the seed. Factors and differences are to the notifier design, or to the first one "
      "named.");
  return {app, [o] { return execute_compare(*o); }};
}

}  // namespace cpuhp::cli
