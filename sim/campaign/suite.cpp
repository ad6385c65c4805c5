#include "sim/campaign/suite.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "sim/campaign/workers.hpp"
#include "sim/error.hpp"
#include "sim/input_file.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/scenario/json_document.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {
namespace {

namespace fs = std::filesystem;

bool is_scenario(const std::string& path) {
  const JsonDocument document = parse_json_file(path, {.bytes_max = kScenarioBytesMax});
  const JsonNode& root = document.root;
  if (!root.is_object() || root.find("kind") != nullptr) return false;
  return root.find("machine") != nullptr || root.find("operations") != nullptr ||
         root.find("expect") != nullptr;
}

void add_folder(const std::string& folder, std::set<std::string>& files) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error))
    if (it->is_regular_file() && it->path().extension() == ".json" &&
        is_scenario(it->path().string()))
      files.insert(it->path().string());
  if (error) throw BadInput{"cannot read " + folder + ": " + error.message()};
}

void skip(Suite& suite, SuiteSkip one) {
  suite.notes.push_back(one.file +
                        (one.design.empty() ? ": skipped, because "
                                            : ": skipped for the design " + one.design + ": ") +
                        one.why);
  suite.skipped.push_back(std::move(one));
}

void add_scenario(const std::string& path, const std::vector<Design>& chosen, Suite& suite) {
  const Scenario own = load_scenario(path);
  if (own.expect.empty()) {
    skip(suite, {.file = path, .why = "the scenario has no \"expect\""});
    return;
  }
  std::vector<Design> designs = own.designs;
  if (designs.empty() && !chosen.empty()) {
    designs = chosen;
  } else if (designs.empty()) {
    designs = {own.config.design};
  } else if (!chosen.empty()) {
    std::erase_if(designs, [&](Design d) {
      return std::find(chosen.begin(), chosen.end(), d) == chosen.end();
    });
    if (designs.empty())
      skip(suite, {.file = path,
                   .why = "\"designs\" of the scenario does not contain the chosen designs"});
  }
  for (const Design design : designs) {
    const bool same = design == own.config.design;
    try {
      suite.runs.push_back({.scenario = same ? own : load_scenario(path, {design_override(design)}),
                            .own_design = same,
                            .named = !same});
    } catch (const BadInput& error) {
      if (!own.designs.empty()) throw;
      skip(suite, {.file = path, .design = std::string(to_string(design)), .why = error.message});
    }
  }
}

/// Makes a run, and returns its result as text. Runs in a worker.
std::string judge_run(const SuiteRun& run, Simulator& simulator) {
  const RunResult result = simulator.run(run.scenario.config);
  const std::vector<Finding> findings = findings_of(result, run.scenario.config);
  OrderedJson answer{{"expect", OrderedJson::array()}, {"findings", findings_json(findings)}};
  for (const Expectation& e : check_expectations(
           run.scenario, result, {.findings = &findings, .same_run = run.own_design}))
    answer["expect"].push_back({e.what, e.expected, e.found, e.holds});
  return answer.dump();
}

SuiteResult read_answer(const Workers::Answer& answer, bool canary) {
  SuiteResult result;
  if (!answer.text) {
    result.death = answer.death;
    return result;
  }
  const OrderedJson json = OrderedJson::parse(*answer.text);
  bool holds = true;
  for (const OrderedJson& e : json["expect"]) {
    result.expectations.push_back({e[0], e[1], e[2], e[3]});
    holds = holds && result.expectations.back().holds;
  }
  result.findings = findings_from(json["findings"]);
  result.passed = holds != canary;
  return result;
}

}  // namespace

std::vector<std::string> scenarios_in(const std::string& folder) {
  std::set<std::string> files;
  add_folder(folder, files);
  return {files.begin(), files.end()};
}

Suite find_suite(const std::vector<std::string>& paths, const std::vector<Design>& designs) {
  Suite suite;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    std::set<std::string> found;
    if (const std::string folder = found_file(path); fs::is_directory(folder, error))
      add_folder(folder, found);
    else
      found.insert(path);
    for (const std::string& file : found)
      if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  }
  for (const std::string& file : files) add_scenario(file, designs, suite);
  return suite;
}

std::vector<SuiteResult> run_suite(const Suite& suite, unsigned jobs,
                                   const std::function<void(std::size_t done)>& progress) {
  CpuId max_cpus = 1;
  for (const SuiteRun& run : suite.runs)
    max_cpus = std::max(max_cpus, run.scenario.config.topology.nr_cpus());
  std::vector<SuiteResult> results;
  Workers workers(jobs, max_cpus, [&](Simulator& simulator, std::string_view task) {
    return judge_run(suite.runs[std::stoull(std::string(task))], simulator);
  });
  workers.run(
      suite.runs.size(), [](std::uint64_t i) { return std::to_string(i); },
      [&](std::uint64_t i, const Workers::Answer& answer) {
        results.push_back(read_answer(answer, suite.runs[i].scenario.canary));
        if (progress) progress(results.size());
      });
  return results;
}

}  // namespace cpuhp
