// cpuhp-sim test: runs scenarios as a test suite, and checks their expectations.
#include <memory>

#include "sim/campaign/suite.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/progress.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/report/suite_report.hpp"
#include "sim/stop.hpp"

namespace cpuhp::cli {
namespace {

struct TestOptions {
  std::vector<std::string> paths;
  std::vector<std::string> designs;
  unsigned jobs = 0;
  std::string junit;
  std::string format = "text";
};

std::string repeat_line(const SuiteRun& run) {
  RepeatLine line("run");
  line.word(run.scenario.file);
  if (run.named) line.option("--design", std::string(to_string(run.scenario.config.design)));
  return line.text();
}

/// Runs the suite. After SIGINT, SIGTERM or SIGHUP, returns the results so far.
std::vector<SuiteResult> run_with_progress(const Suite& suite, unsigned jobs) {
  Progress progress("runs");
  return run_suite(suite, jobs == 0 ? host_cores() : jobs,
                   [&](std::size_t done) { progress.show(done, suite.runs.size()); });
}

int execute_test(const TestOptions& o) {
  const Format format = parse_test_format(o.format);
  Suite suite = find_suite(o.paths, parse_designs("--design", o.designs));
  if (suite.runs.empty()) {
    std::string why = "no scenario to run";
    for (const std::string& note : suite.notes) why += "; " + note;
    throw BadInput{why};
  }
  if (!o.junit.empty()) require_output(o.junit, o.paths);
  const GentleStop gentle;
  const std::vector<SuiteResult> results = run_with_progress(suite, o.jobs);
  const bool stopped = results.size() < suite.runs.size();
  if (stopped) suite.notes.push_back(stopped_text(results.size(), suite.runs.size(), "runs"));
  SuiteReport report{.suite = suite, .results = results};
  for (const SuiteRun& run : suite.runs) report.repeats.push_back(repeat_line(run));
  if (!o.junit.empty() && !stopped) write_file_atomically(o.junit, junit_xml(suite_junit(report)));
  print(format == Format::Json   ? suite_json(report)
        : format == Format::Ktap ? ktap_text({suite_ktap(report)})
                                 : suite_text(report, look_of_stdout()));
  return report.failed() == 0 ? kFine : kFinding;
}

}  // namespace

Command add_test(CLI::App& program) {
  auto o = std::make_shared<TestOptions>();
  CLI::App* const app = program.add_subcommand(
      "test", "Run scenarios as a test suite: each run has to match the scenario's \"expect\"");
  add_input(*app, "PATH", o->paths,
            "Scenario files, or folders: a folder stands for all scenario files below it");
  add_designs(*app, "--design,--designs", o->designs,
              "Designs in place of those of the scenarios, separated by commas; may be repeated");
  add_jobs(*app, o->jobs);
  add_junit(*app, o->junit);
  add_test_format(*app, o->format);
  app->footer(
      "The command skips scenarios without \"expect\", and JSON files that are not scenarios. A\n"
      "scenario with \"canary\": true passes only if its run does not match \"expect\".\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim test scenarios/faults\n"
      "  cpuhp-sim test scenarios findings --jobs 4 --junit results.xml\n"
      "  cpuhp-sim test scenarios/faults --format ktap >results.ktap\n"
      "  cpuhp-sim test scenarios/offline-one-cpu.json --design symmetric,parallel,async\n"
      "\n"
      "Exit code 1: a scenario failed.");
  return {app, [o] { return execute_test(*o); }};
}

}  // namespace cpuhp::cli
