#include "sim/report/suite_report.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "sim/report/finding_report.hpp"
#include "sim/report/json_text.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

std::string title(const std::string& file, std::string_view design) {
  return design.empty() ? file : fmt::format("{} ({})", file, design);
}

std::string title(const SuiteRun& run) {
  return title(run.scenario.file, to_string(run.scenario.config.design));
}

/// Returns the failures of a run, one on each line; empty when there are none.
std::string difference(const SuiteRun& run, const SuiteResult& result, const std::string& repeat) {
  if (result.passed) return {};
  std::string text;
  if (!result.death.empty())
    text += "cpuhp-sim itself crashed in this run: " + result.death + '\n';
  else if (run.scenario.canary)
    text += "this scenario is a canary and has to fail, but its run matches \"expect\"\n";
  for (const Expectation& e : result.expectations)
    if (!e.holds)
      text += fmt::format("{}\n  expected {}\n  found    {}\n", e.what, e.expected, e.found);
  text += broken_text(result.findings);
  return text + "repeat: " + repeat + '\n';
}

std::string indented(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (out.empty() || out.back() == '\n') out += "       ";
    out += c;
  }
  return out;
}

}  // namespace

std::size_t SuiteReport::failed() const {
  return static_cast<std::size_t>(std::ranges::count(results, false, &SuiteResult::passed));
}

std::string suite_text(const SuiteReport& report, const Look& look) {
  std::string text;
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const SuiteRun& run = report.suite.runs[i];
    const bool passed = report.results[i].passed;
    text += inked(passed ? "ok  " : "FAIL", passed ? Ink::Green : Ink::Red, look) + "   " +
            title(run) +
            (run.scenario.canary && passed ? ": a canary, which failed as required" : "") + '\n' +
            indented(difference(run, report.results[i], report.repeats[i]));
  }
  for (const std::string& note : report.suite.notes) text += "note: " + note + '\n';
  return text + fmt::format("{} of {} passed\n", report.results.size() - report.failed(),
                            report.results.size());
}

std::string suite_json(const SuiteReport& report) {
  Json document{{"version", 1},
                {"passed", report.results.size() - report.failed()},
                {"failed", report.failed()},
                {"runs", Json::array()},
                {"notes", report.suite.notes}};
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const SuiteRun& run = report.suite.runs[i];
    const SuiteResult& result = report.results[i];
    Json one{{"scenario", run.scenario.name},
             {"file", run.scenario.file},
             {"design", to_string(run.scenario.config.design)},
             {"canary", run.scenario.canary},
             {"passed", result.passed},
             {"died", result.death.empty() ? Json() : Json(result.death)},
             {"expect", Json::array()},
             {"findings", findings_json(result.findings)},
             {"repeat", report.repeats[i]}};
    for (const Expectation& e : result.expectations)
      one["expect"].push_back(
          {{"what", e.what}, {"expected", e.expected}, {"found", e.found}, {"holds", e.holds}});
    document["runs"].push_back(std::move(one));
  }
  return json_text(document);
}

std::vector<JUnitSuite> suite_junit(const SuiteReport& report) {
  JUnitSuite suite{.name = "scenarios"};
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const SuiteRun& run = report.suite.runs[i];
    suite.cases.push_back({.classname = run.scenario.file,
                           .name = std::string(to_string(run.scenario.config.design)),
                           .failure = difference(run, report.results[i], report.repeats[i])});
  }
  return {suite};
}

KtapTest suite_ktap(const SuiteReport& report) {
  std::vector<KtapTest> tests;
  for (std::size_t i = 0; i < report.suite.runs.size(); ++i) {
    const SuiteRun& run = report.suite.runs[i];
    tests.push_back(
        i < report.results.size()
            ? ktap_test(title(run), difference(run, report.results[i], report.repeats[i]))
            : ktap_skip(title(run), "the suite was stopped before this run"));
  }
  for (const SuiteSkip& skip : report.suite.skipped)
    tests.push_back(ktap_skip(title(skip.file, skip.design), skip.why));
  return ktap_group("scenarios", std::move(tests));
}

}  // namespace cpuhp
