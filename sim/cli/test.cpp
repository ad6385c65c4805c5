// cpuhp-sim test: scenarios and what they expect, as a suite.
#include <memory>

#include "sim/campaign/suite.hpp"
#include "sim/cli/command.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/report/suite_report.hpp"

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
  std::string line = shell_word(program_name) + " run " + shell_word(run.scenario.file);
  if (run.named) line += " --design " + std::string(to_string(run.scenario.config.design));
  return line;
}

int execute_test(const TestOptions& o) {
  const Format format = parse_report_format(o.format);
  const Suite suite = find_suite(o.paths, parse_designs("--design", o.designs));
  if (suite.runs.empty()) {
    std::string why = "nothing to run";
    for (const std::string& note : suite.notes) why += "; " + note;
    throw BadInput{why};
  }
  if (!o.junit.empty()) require_output(o.junit, o.paths);
  const std::vector<SuiteResult> results = run_suite(suite, o.jobs == 0 ? host_cores() : o.jobs);
  SuiteReport report{.suite = suite, .results = results};
  for (const SuiteRun& run : suite.runs) report.repeats.push_back(repeat_line(run));
  if (!o.junit.empty()) write_file_atomically(o.junit, junit_xml(suite_junit(report)));
  print(format == Format::Json ? suite_json(report) : suite_text(report, look_of_stdout()));
  return report.failed() == 0 ? kFine : kFinding;
}

}  // namespace

Command add_test(CLI::App& program) {
  auto o = std::make_shared<TestOptions>();
  CLI::App* const app = program.add_subcommand(
      "test", "Run scenarios as a suite: each has to come out as it expects");
  app->add_option("PATH", o->paths, "Scenario files, and folders with everything below them")
      ->required()
      ->type_name("");
  app->add_option("--design,--designs", o->designs,
                  "In place of the scenarios' own, separated by commas; may be repeated")
      ->delimiter(',')
      ->type_name("D,D,...")
      ->allow_extra_args(false);
  app->add_option("--jobs", o->jobs, "Processes; default: one a core")
      ->check(CLI::Range(1u, 1'024u))
      ->type_name("N");
  app->add_option("--junit", o->junit, "Write the results as JUnit XML")->type_name("FILE.xml");
  add_report_format(*app, o->format);
  app->footer(
      "A scenario without \"expect\" is left out, and so is a JSON file that is no scenario. A\n"
      "scenario with \"canary\": true has to fail.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim test scenarios/faults\n"
      "  cpuhp-sim test scenarios findings --jobs 4 --junit results.xml\n"
      "  cpuhp-sim test scenarios/offline-one-cpu.json --design symmetric,parallel,async\n"
      "\n"
      "Exit code 1: a scenario did not come out as it expects.");
  return {app, [o] { return execute_test(*o); }};
}

}  // namespace cpuhp::cli
