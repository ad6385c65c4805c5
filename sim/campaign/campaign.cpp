#include "sim/campaign/campaign.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "model/random.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/run/digest.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/stop.hpp"

namespace cpuhp {
namespace {

namespace fs = std::filesystem;

/// Returns a digest of the scenario without its names, texts and expectations, which don't affect
/// results.
std::string content_digest(OrderedJson scenario) {
  for (const char* key : {"$schema", "name", "description", "expect", "canary", "designs"})
    scenario.erase(key);
  return digest_of(scenario.dump());
}

/// Returns the text as a part of a file name: "state-resource-leak-rx_queue".
std::string file_word(const std::string& text) {
  const std::string plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
  constexpr std::size_t kLettersMax = 80;
  std::string word;
  for (const char c : text.substr(0, kLettersMax))
    if (plain.find(c) != std::string::npos)
      word += c;
    else if (!word.empty() && word.back() != '-')
      word += '-';
  while (!word.empty() && word.back() == '-') word.pop_back();
  return word;
}

/// Returns how many of the case's first operations a scenario needs to show the finding; no value:
/// all. When a probe (some of the last operations) has failed, no operation after the failed one is
/// needed.
std::optional<std::size_t> operations_until(const CampaignCase& c, const Finding& finding) {
  if (finding.invariant != kProbe) return std::nullopt;
  for (const Probe& probe : c.probes)
    if (probe.cpu == finding.cpu)
      return (finding.place.starts_with("down") ? probe.down() : probe.up()) + 1;
  return std::nullopt;
}

}  // namespace

Campaign::Campaign(CampaignRequest request) : request_(std::move(request)) {
  const Scenario own = load_scenario(request_.scenario);
  name_ = own.name;
  self_contained_ = self_contained_scenario(request_.scenario);
  std::vector<Design> named = request_.designs;
  // case numbers must not depend on the order in which the option names the designs
  std::sort(named.begin(), named.end());
  UnderDesigns under = load_under_designs(request_.scenario, named);
  notes_ = std::move(under.notes);
  std::vector<MachineConfig> configs;
  for (Scenario& scenario : under.scenarios) configs.push_back(std::move(scenario.config));
  with_bare_simulator([&](Simulator& simulator) {
    plan_ = std::make_unique<CampaignPlan>(
        std::move(configs), request_.options,
        [&](const MachineConfig& config) { return simulator.run(config, {.keep_events = false}); });
  });
  if (plan_->has_sites()) {
    certificate_plan_ = certificate_plan(*plan_);
    tally_ = Tally(Certificate(certificate_plan_));
  } else {
    notes_.push_back(
        "no certificate: to count the sites of so many CPUs takes more than a tenth of the cases' "
        "time; --led or more cases have them counted");
  }
  if (!request_.led_by.empty()) lead();
}

/// Has random cases aim at the sites that the campaign in the file `led_by` has not struck.
void Campaign::lead() {
  const std::string& path = request_.led_by;
  Certificate struck;
  read_campaign_file(
      path,
      [&](const OrderedJson& header) {
        if (!header.contains("certificate"))
          throw BadInput{path +
                         ": the file does not tell which sites were struck, because an older "
                         "cpuhp-sim wrote it"};
        if (header.value("digest", "") != content_digest(self_contained_))
          throw BadInput{path + ": the file belongs to a campaign on another scenario"};
        struck = Certificate(header["certificate"], path);
      },
      [&](const std::string& line) { struck.add(parse_record(line)); });
  plan_->aim_at([&](const CampaignPlan::Aim& aim) {
    const std::string design(to_string(plan_->config(aim.design).design));
    return !struck.was_struck(design, place_word(*plan_, aim.design, site_of(aim.fault)),
                              std::string(to_string(aim.fault.kind)), aim.fault.cpu, aim.time);
  });
  std::size_t left = 0;
  for (const auto& aims : plan_->aims()) left += aims.size();
  if (left == 0)
    notes_.push_back("the campaign in " + path + " has left no site, so no random case is led");
}

std::string Campaign::header() const {
  OrderedJson header{{"cpuhp_faults", kCampaignFormat},
                     {"program", request_.program},
                     {"scenario", name_},
                     {"digest", content_digest(self_contained_)}};
  header["designs"] = OrderedJson::array();
  for (std::size_t i = 0; i < plan_->designs(); ++i)
    header["designs"].push_back(to_string(plan_->config(i).design));
  const CampaignOptions& o = request_.options;
  header["singles"] = o.singles;
  header["pairs"] = o.pairs;
  header["random"] = o.random;
  header["seed"] = o.seed;
  if (o.led) {
    std::string aims;
    for (const auto& of_design : plan_->aims()) {
      for (const std::size_t aim : of_design) aims += std::to_string(aim) + ' ';
      aims += '\n';
    }
    header["led"] = digest_of(aims);
  }
  header["kinds"] = OrderedJson::array();
  for (const FaultKind kind : o.kinds) header["kinds"].push_back(to_string(kind));
  header["cases"] = plan_->size();
  if (request_.shard.of > 1)
    header["shard"] = {{"index", request_.shard.index + 1}, {"of", request_.shard.of}};
  if (!certificate_plan_.is_null()) header["certificate"] = certificate_plan_;
  return header.dump();
}

CpuId Campaign::max_cpus() const {
  CpuId most = 1;
  for (std::size_t i = 0; i < plan_->designs(); ++i)
    most = std::max(most, plan_->config(i).topology.nr_cpus());
  return most;
}

/// Returns a case's line for the JSONL file. Runs in a worker, which has its own copy of the plan.
std::string Campaign::answer(Simulator& simulator, std::string_view number,
                             Beginnings* beginnings) const {
  const CampaignCase c = plan_->at(std::stoull(std::string(number)));
  const RunMachine run = [&](const MachineConfig& config) {
    return simulator.run(config, {.blueprint = plan_->blueprint(c.design)});
  };
  std::optional<CheckedRun> checked;
  if (beginnings != nullptr) checked = beginnings->run(c, simulator);
  if (!checked) checked = check_case(*plan_, c, run);
  return record_line(*plan_, c, judge_case(*plan_, c, run, std::move(*checked)));
}

std::string Campaign::line_of(std::uint64_t number, const Workers::Answer& answer) const {
  return answer.text ? *answer.text : crash_line(*plan_, plan_->at(number), answer.death);
}

/// True for a case that verify() runs again. This depends on the case's number, and not on its
/// shard, except that each shard's first case is always verified.
bool Campaign::to_verify(std::uint64_t number) const {
  if (request_.verify <= 0) return false;
  constexpr double kParts = 1e9;
  const std::uint64_t part =
      draw_bits(DrawKey{.seed = number}) % static_cast<std::uint64_t>(kParts);
  return number == request_.shard.number(0) ||
         static_cast<double>(part) < request_.verify / 100 * kParts;
}

std::uint64_t Campaign::run(const Progress& progress) {
  const std::uint64_t all = cases();
  std::optional<CampaignFile> file;
  const auto seen = [&](const std::string& line) {
    const Record record = parse_record(line);
    if (to_verify(record.number)) lines_[record.number] = line;
    tally_.add(record);
    if (request_.each_line) request_.each_line(line);
  };
  if (!request_.out.empty())
    file.emplace(request_.out, header(), request_.shard, plan_->size(), seen);
  const std::uint64_t first = file ? file->done() : 0;
  Beginnings beginnings(*plan_);
  Workers workers(request_.jobs, max_cpus(), [&](Simulator& simulator, std::string_view task) {
    return answer(simulator, task, request_.sharing ? &beginnings : nullptr);
  });
  const auto number = [&](std::uint64_t i) { return request_.shard.number(first + i); };
  const std::uint64_t done = workers.run(
      all - first, [&](std::uint64_t i) { return std::to_string(number(i)); },
      [&](std::uint64_t i, const Workers::Answer& a) {
        const std::string line = line_of(number(i), a);
        if (file) file->append(line);
        seen(line);
        progress(first + i + 1, all, tally_.runs_with_findings());
      },
      Workers::AtStop::Finish);
  if (file) file->flush();
  return first + done;
}

std::vector<Differing> Campaign::verify() const {
  const std::vector<std::pair<std::uint64_t, std::string>> cases(lines_.begin(), lines_.end());
  std::vector<Differing> differing;
  const auto again = [&](Simulator& simulator, std::string_view task) {
    return answer(simulator, task, nullptr);
  };
  Workers workers(request_.jobs, max_cpus(), again, Workers::Life::One);
  workers.run(
      cases.size(), [&](std::uint64_t i) { return std::to_string(cases[i].first); },
      [&](std::uint64_t i, const Workers::Answer& a) {
        const auto& [number, before] = cases[i];
        const std::string line = line_of(number, a);
        if (line != before) differing.push_back({number, before, line});
      });
  return differing;
}

ReducedFinding Campaign::reduce_one(const UniqueFinding& finding, const std::string& name,
                                    const std::string& folder, Trials& trials) {
  const CampaignCase c = plan_->at(finding.first_case);
  OrderedJson scenario =
      case_scenario(self_contained_, *plan_, c, operations_until(c, finding.first));
  scenario["name"] = name;
  scenario["description"] = "";  // so that the description follows the name
  scenario.erase("$schema");
  ReducedFinding reduced{finding, (fs::path(folder) / (name + ".json")).string(),
                         cpuhp::reduce(std::move(scenario), finding.first, trials)};
  reduced.reduced.scenario["description"] =
      "Case " + std::to_string(finding.first_case) + " of a fault campaign on " + name_ +
      ", reduced to a small scenario: " + finding_paragraph(reduced.reduced.finding);
  make_folder(folder);
  write_file_atomically(reduced.file, scenario_text(reduced.reduced.scenario));
  return reduced;
}

void Campaign::reduce(const std::string& folder, std::vector<ReducedFinding>& list) {
  const std::vector<UniqueFinding> findings = tally_.findings();
  if (findings.empty() || stop_signal() != 0) return;
  Trials trials(max_cpus());
  std::set<std::string> names;
  for (const UniqueFinding& finding : findings) {
    const std::string word =
        file_word(name_ + '-' + finding.first.invariant + '-' + finding.first.place);
    std::string name = word;
    for (int n = 2; !names.insert(name).second; ++n) name = word + '-' + std::to_string(n);
    try {
      list.push_back(reduce_one(finding, name, folder, trials));
    } catch (const Stopped&) {
      return;
    }
  }
}

}  // namespace cpuhp
