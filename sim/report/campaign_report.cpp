#include "sim/report/campaign_report.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "sim/report/certificate_report.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/report/json_text.hpp"
#include "sim/report/text_table.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

/// `design`: the rows of this design only; empty: all rows.
std::string runs_table(const Tally& tally, std::string_view design = {}) {
  std::vector<TextColumn> columns{{"design"}, {"faults"}, {"runs", Align::Right}};
  for (const std::string_view outcome : kOutcomeNames)
    columns.push_back({std::string(outcome), Align::Right});
  columns.push_back({"with findings", Align::Right});
  TextTable table(std::move(columns));
  for (const TallyRow& row : tally.rows()) {
    if (!design.empty() && row.design != design) continue;
    std::vector<std::string> cells{row.design, row.faults, grouped(row.runs)};
    for (const std::uint64_t n : row.outcomes) cells.push_back(n == 0 ? "-" : grouped(n));
    cells.push_back(row.with_findings == 0 ? "-" : grouped(row.with_findings));
    table.add(std::move(cells));
  }
  return table.print("  ");
}

std::string size_text(const Reduced& r) {
  return fmt::format("{}, {}, {}, {}", counted(r.cpus, "CPU"), counted(r.operations, "operation"),
                     counted(r.faults, "fault"), counted(r.states, "state"));
}

std::string finding_text(const CampaignReport& report, const UniqueFinding& u, std::size_t i,
                         const Look& look) {
  std::string text = inked("finding: " + finding_title(u.first), Ink::Red, look) +
                     fmt::format(": {} runs, {}; first in case {}\n  {}\n", grouped(u.runs),
                                 fmt::join(u.designs, ", "), u.first_case, u.first.text) +
                     finding_details(u.first, u.followers);
  if (i >= report.findings.size()) return text;
  const Reduced& reduced = report.findings[i].reduced;
  text += fmt::format(
      "  {} {}\n",
      reduced.reproduced ? "reduced to" : "not reproduced in a separate run:", size_text(reduced));
  return text + "  repeat: " + report.repeats[i] + '\n';
}

/// Returns what was found in the runs of a place; empty: nothing.
std::string place_failure(const TallyPlace& place) {
  if (place.with_findings == 0) return {};
  std::string text = fmt::format("{} of {} runs have findings\n", place.with_findings, place.runs);
  for (const TallyPlace::Found& found : place.found)
    text +=
        fmt::format("{}: {} runs, first in case {}\n", found.title, found.runs, found.first_case);
  return text;
}

/// Returns a group for each design, in the order of the designs' first cases.
std::vector<KtapTest> design_tests(const Tally& tally) {
  std::vector<std::string> designs;
  std::vector<std::vector<KtapTest>> places;
  for (const TallyPlace& place : tally.places()) {
    const auto known = std::ranges::find(designs, place.design);
    const auto i = static_cast<std::size_t>(known - designs.begin());
    if (known == designs.end()) {
      designs.push_back(place.design);
      places.emplace_back();
    }
    places[i].push_back(ktap_test(place.place, place_failure(place)));
  }
  std::vector<KtapTest> tests;
  for (std::size_t i = 0; i < designs.size(); ++i)
    tests.push_back(ktap_group(designs[i], std::move(places[i]), runs_table(tally, designs[i])));
  return tests;
}

}  // namespace

std::string grouped(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string campaign_text(const CampaignReport& report, const Look& look) {
  std::string text = inked(report.name, Ink::Bold, look) +
                     fmt::format(": {} runs\n", grouped(report.tally.runs()));
  for (const std::string& note : report.notes) text += "note: " + note + '\n';
  text += '\n' + runs_table(report.tally) + '\n';
  if (const std::string certificate = certificate_text(report.tally.certificate());
      !certificate.empty())
    text += certificate + '\n';
  const std::vector<UniqueFinding> findings = report.tally.findings();
  for (std::size_t i = 0; i < findings.size(); ++i)
    text += finding_text(report, findings[i], i, look);
  if (findings.empty()) return text + "no findings\n";
  return text + fmt::format("{} in {} runs\n", counted(findings.size(), "finding"),
                            grouped(report.tally.runs_with_findings()));
}

std::string campaign_json(const CampaignReport& report) {
  Json document{{"version", 1},          {"scenario", report.name},   {"runs", report.tally.runs()},
                {"rows", Json::array()}, {"findings", Json::array()}, {"notes", report.notes}};
  document["certificate"] = certificate_json(report.tally.certificate());
  for (const TallyRow& row : report.tally.rows()) {
    Json one{{"design", row.design}, {"faults", row.faults}, {"runs", row.runs}};
    for (std::size_t i = 0; i < kOutcomeNames.size(); ++i) one[kOutcomeNames[i]] = row.outcomes[i];
    one["with_findings"] = row.with_findings;
    document["rows"].push_back(std::move(one));
  }
  const std::vector<UniqueFinding> unique = report.tally.findings();
  for (std::size_t i = 0; i < unique.size(); ++i) {
    const UniqueFinding& u = unique[i];
    Json one = finding_json(u.first);
    one["follows"] = Json::array();
    for (const Follower& f : u.followers)
      one["follows"].push_back({{"invariant", f.invariant},
                                {"place", f.place},
                                {"why", to_string(f.why)},
                                {"runs", f.count}});
    one["runs"] = u.runs;
    one["designs"] = u.designs;
    one["first_case"] = u.first_case;
    if (i < report.findings.size()) {
      const ReducedFinding& f = report.findings[i];
      one["file"] = f.file;
      one["reduced"] = {{"reproduced", f.reduced.reproduced},
                        {"cpus", f.reduced.cpus},
                        {"operations", f.reduced.operations},
                        {"faults", f.reduced.faults},
                        {"states", f.reduced.states}};
      one["repeat"] = report.repeats[i];
    }
    document["findings"].push_back(std::move(one));
  }
  return json_text(document);
}

/// Returns a test case for each design and kind of fault, and a failed test case for each finding.
std::vector<JUnitSuite> campaign_junit(const CampaignReport& report) {
  JUnitSuite runs{.name = report.name + ": runs"}, findings{.name = report.name + ": findings"};
  for (const TallyRow& row : report.tally.rows()) {
    JUnitCase c{.classname = "faults." + row.design, .name = row.faults};
    if (row.with_findings > 0)
      c.failure = fmt::format("{} of {} runs have findings", row.with_findings, row.runs);
    runs.cases.push_back(std::move(c));
  }
  const std::vector<UniqueFinding> unique = report.tally.findings();
  for (std::size_t i = 0; i < unique.size(); ++i)
    findings.cases.push_back({.classname = "faults.findings",
                              .name = finding_title(unique[i].first),
                              .failure = finding_text(report, unique[i], i, Look{})});
  return {runs, findings};
}

KtapTest campaign_ktap(const CampaignReport& report) {
  std::vector<KtapTest> tests = design_tests(report.tally), findings;
  const std::vector<UniqueFinding> unique = report.tally.findings();
  for (std::size_t i = 0; i < unique.size(); ++i)
    findings.push_back(
        ktap_test(finding_title(unique[i].first), finding_text(report, unique[i], i, Look{})));
  tests.push_back(ktap_group("findings", std::move(findings)));
  if (!report.missing.empty()) tests.push_back(ktap_skip("the rest", report.missing));
  std::string notes;
  for (const std::string& note : report.notes) notes += "note: " + note + '\n';
  return ktap_group(report.name, std::move(tests), notes);
}

}  // namespace cpuhp
