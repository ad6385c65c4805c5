#include "sim/campaign/trial.hpp"

#include <iterator>

#include "model/checks/checks.hpp"
#include "model/checks/explain.hpp"
#include "model/judged_run.hpp"
#include "sim/campaign/judge.hpp"
#include "sim/error.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/stop.hpp"

namespace cpuhp {
namespace {

std::string try_scenario(Simulator& simulator, std::string_view text) {
  OrderedJson answer;
  try {
    const Scenario scenario = parse_scenario(text, "reduced.json");
    const RunResult r = simulator.run(scenario.config);
    const Judged judged = judged_by(scenario.config, r.ok());
    std::vector<Finding> findings = check_all(r.stream, judged);
    std::vector<Finding> more = unexplained(r, scenario.config);
    std::move(more.begin(), more.end(), std::back_inserter(findings));
    explain(findings, r.stream, judged);
    name_run(findings, r, scenario.config);
    answer = {{"hang", !r.hung.empty()}, {"panic", r.panic.has_value()}};
    answer["ret"] = OrderedJson::array();
    for (const OpResult& op : r.operations)
      answer["ret"].push_back(op.returned ? OrderedJson(op.ret) : OrderedJson());
    answer["findings"] = findings_json(findings);
  } catch (const BadInput&) {
    answer["invalid"] = true;
  }
  return answer.dump();
}

}  // namespace

Trials::Trials(CpuId max_cpus) : workers_(1, max_cpus, try_scenario) {}

Trial Trials::run(const OrderedJson& scenario) {
  ++count_;
  const std::optional<Workers::Answer> answer = workers_.ask(scenario.dump());
  if (!answer) throw Stopped{};
  if (!answer->text) return {.valid = true, .death = answer->death};
  const OrderedJson json = OrderedJson::parse(*answer->text);
  if (json.contains("invalid")) return {};
  Trial t{.valid = true, .hang = json["hang"], .panic = json["panic"]};
  for (const OrderedJson& ret : json["ret"])
    t.returns.push_back(ret.is_null() ? std::nullopt : std::optional(ret.get<int>()));
  t.findings = findings_from(json["findings"]);
  return t;
}

}  // namespace cpuhp
