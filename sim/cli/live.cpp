#include "sim/cli/live.hpp"

#include <spdlog/fmt/fmt.h>

#include <cstdio>
#include <utility>

#include "model/checks/checks.hpp"
#include "model/checks/explain.hpp"
#include "model/judged_run.hpp"
#include "sim/cli/report_output.hpp"
#include "sim/cli/trace_output.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/report/run_report.hpp"
#include "sim/stop.hpp"

namespace cpuhp::cli {
namespace {

/// Refuses all designs but symmetric and parallel, because `conform` can't replay the others.
void require_recordable(const Scenario& s) {
  if (s.config.design == Design::Notifier || s.config.design == Design::Async)
    throw BadInput{
        "--record needs the design \"symmetric\" or \"parallel\", because `cpuhp-sim conform` "
        "cannot replay other designs; found " +
        std::string(to_string(s.config.design))};
}

/// Returns the scenario with all operations of the session. Keeps only the parts of its `expect`
/// that don't depend on the operations.
Scenario with_session(const Scenario& scenario, const Session& session) {
  Scenario whole = scenario;
  whole.expect = {.hang = scenario.expect.hang, .panic = scenario.expect.panic};
  for (Operation op : session.operations()) {
    op.text = value_in_line(op.text);
    whole.config.operations.push_back(std::move(op));
  }
  return whole;
}

std::vector<Finding> session_findings(Session& session, const Scenario& scenario,
                                      const RunResult& result) {
  std::vector<Finding> findings = session.watched().findings();
  if (!session.watched().judged_all()) {
    std::fputs(
        "cpuhp-sim: warning: the checks judged only the first part of the session, because the "
        "machine did not return to the state in which the session began for more than 8 million "
        "events; later events were not kept (--trace keeps all events)\n",
        stderr);
  } else {
    for (Finding& f : check_all(result.stream, judged_by(scenario.config, result.ok())))
      findings.push_back(std::move(f));
  }
  find_causes(findings);
  return findings;
}

}  // namespace

void add_live_options(CLI::App& app, LiveArguments& o) {
  add_variation(app, o.variation);
  add_trace(app, o.traces);
  add_report(app, o.report);
  app.add_option("--record", o.record,
                 "Write the session as a recording, which `cpuhp-sim conform` can replay")
      ->type_name("FILE");
}

LiveRun::LiveRun(const LiveArguments& o)
    : o_(o), scenario_(load_scenario(o.scenario, o.variation.overrides())) {
  require_traces(o.traces, {o.scenario});
  require_report(o.report, {o.scenario});
  if (records()) {
    require_recordable(scenario_);
    require_output(o.record, {o.scenario});
  }
}

int LiveRun::drive(Door& door, std::optional<double> pace) const {
  const GentleStop gentle;  // a signal ends the session, whose files are still written
  int code = kFine;
  const bool keep = !o_.traces.empty() || !o_.report.empty() || records();
  Recorder recorder(scenario_);
  with_simulator(scenario_.config.topology.nr_cpus(), [&](Simulator& simulator) {
    Session session(door, scenario_.config,
                    {.pace = pace, .keep_all = keep, .observer = records() ? &recorder : nullptr});
    RunResult result =
        simulator.run(scenario_.config, {.exact = pace.has_value(), .outside = &session});
    code = finish(session, std::move(result), recorder);
  });
  return code;
}

int LiveRun::finish(Session& session, RunResult result, const Recorder& recorder) const {
  const Scenario whole = with_session(scenario_, session);
  result.operations.resize(scenario_.config.operations.size());
  result.operations.insert(result.operations.end(), session.results().begin(),
                           session.results().end());
  std::vector<Finding> findings = session_findings(session, scenario_, result);
  name_run(findings, result, whole.config);
  for (const std::string& path : o_.traces) write_trace(path, whole, result);
  if (records()) write_file_atomically(o_.record, recorder.text(result.stream));
  const RunReport report{.scenario = whole,
                         .result = result,
                         .diagnoses = diagnoses(result.stream),
                         .expectations = check_expectations(whole, result, {.findings = &findings}),
                         .findings = findings,
                         .bystanders = {},
                         .repeat = {}};
  if (!o_.report.empty()) write_report(o_.report, run_page(report));
  std::fputs(findings_text(report).c_str(), stderr);
  return holds(report) ? kFine : kFinding;
}

}  // namespace cpuhp::cli
