#include "sim/report/against_report.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "sim/report/campaign_report.hpp"
#include "sim/report/json_text.hpp"
#include "sim/report/text_table.hpp"

namespace cpuhp {
namespace {

/// So many cases of each change are shown as text.
constexpr std::size_t kChangedShownMax = 10;

std::string result_words(const CaseResult& result) {
  return fmt::format("{} {}{}", result.outcome, result.returns,
                     result.findings.empty()
                         ? std::string()
                         : fmt::format(", {}", fmt::join(result.findings, ", ")));
}

/// Returns how a case came out, then and now: "ok [0,0] -> hang [0,null], I22 of done_up".
std::string change_words(const ChangedCase& changed) {
  if (!changed.then) return result_words(*changed.now);
  if (!changed.now) return result_words(*changed.then);
  return result_words(*changed.then) + " -> " + result_words(*changed.now);
}

std::string changed_line(const ChangedCase& changed) {
  const std::uint64_t number = changed.now ? changed.now->number : changed.then->number;
  return fmt::format("{}: case {} ({}), {}: {}\n", to_string(changed.change), number,
                     changed.design, changed.what, change_words(changed));
}

std::string against_table(const Against& against) {
  std::vector<TextColumn> columns{
      {"design"}, {"faults"}, {"then", Align::Right}, {"now", Align::Right}};
  for (const std::string_view change : kChangeNames)
    columns.push_back({std::string(change), Align::Right});
  TextTable table(std::move(columns));
  for (const AgainstRow& row : against.rows()) {
    std::vector<std::string> cells{row.design, row.faults, grouped(row.then), grouped(row.now)};
    for (const std::uint64_t n : row.changes) cells.push_back(n == 0 ? "-" : grouped(n));
    table.add(std::move(cells));
  }
  return table.print("  ");
}

std::vector<std::string> notes_of(const AgainstReport& report) {
  std::vector<std::string> notes = report.notes;
  for (const std::string& note : report.against.notes()) notes.push_back(note);
  return notes;
}

std::string changed_text(const Against& against) {
  std::string text;
  for (const CaseChange change : {CaseChange::Worse, CaseChange::Otherwise, CaseChange::Better,
                                  CaseChange::Came, CaseChange::Went}) {
    std::size_t shown = 0;
    for (const ChangedCase& changed : against.changed())
      if (changed.change == change && shown++ < kChangedShownMax) text += changed_line(changed);
    if (against.count(change) > kChangedShownMax)
      text += fmt::format("  and {} more cases: {}\n",
                          grouped(against.count(change) - kChangedShownMax), to_string(change));
  }
  return text;
}

std::string fresh_text(const AgainstReport& report) {
  std::string text;
  for (const FreshFinding& fresh : report.against.fresh()) {
    text += fmt::format("new finding: {}: {} runs, first in case {}\n", fresh.title,
                        grouped(fresh.runs), fresh.first_case);
    if (const auto repeat = report.repeats.find(fresh.title); repeat != report.repeats.end())
      text += "  repeat: " + repeat->second + '\n';
  }
  return text;
}

/// Returns what got worse in a row; empty: nothing.
std::string row_failure(const Against& against, const AgainstRow& row) {
  if (row.of(CaseChange::Worse) == 0) return {};
  return fmt::format("{} of {} runs are worse than in {}\n", row.of(CaseChange::Worse), row.now,
                     against.path());
}

nlohmann::ordered_json result_json(const std::optional<CaseResult>& result) {
  if (!result) return nullptr;
  nlohmann::ordered_json returns = nlohmann::ordered_json::parse(result->returns, nullptr, false);
  if (returns.is_discarded()) returns = nlohmann::ordered_json::array();  // of a line put otherwise
  return {{"case", result->number},
          {"outcome", result->outcome},
          {"ret", std::move(returns)},
          {"findings", result->findings}};
}

}  // namespace

std::string against_text(const AgainstReport& report, const Look& look) {
  const Against& against = report.against;
  std::string text = inked(report.name, Ink::Bold, look) +
                     fmt::format(" against {} ({})\n", against.path(), against.made_by());
  for (const std::string& note : notes_of(report)) text += "note: " + note + '\n';
  text += '\n' + against_table(against) + '\n';
  if (against.other_course() > 0)
    text += fmt::format("{} of the same cases came out the same by other events or times\n",
                        grouped(against.other_course()));
  text += changed_text(against) + fresh_text(report);
  if (!against.is_worse()) return text + "nothing got worse\n";
  const std::string worse =
      fmt::format("{} runs got worse", grouped(against.count(CaseChange::Worse)));
  return text + inked(worse, Ink::Red, look) + '\n';
}

std::string against_json(const AgainstReport& report) {
  const Against& against = report.against;
  nlohmann::ordered_json document{{"version", 1},
                                  {"scenario", report.name},
                                  {"against", against.path()},
                                  {"made_by", against.made_by()},
                                  {"worse", against.is_worse()},
                                  {"other_course", against.other_course()},
                                  {"rows", nlohmann::ordered_json::array()},
                                  {"changed", nlohmann::ordered_json::array()},
                                  {"new_findings", nlohmann::ordered_json::array()},
                                  {"notes", notes_of(report)}};
  for (const AgainstRow& row : against.rows()) {
    nlohmann::ordered_json one{
        {"design", row.design}, {"faults", row.faults}, {"then", row.then}, {"now", row.now}};
    for (std::size_t i = 0; i < kChangeNames.size(); ++i) one[kChangeNames[i]] = row.changes[i];
    document["rows"].push_back(std::move(one));
  }
  for (const ChangedCase& changed : against.changed())
    document["changed"].push_back({{"change", to_string(changed.change)},
                                   {"design", changed.design},
                                   {"what", changed.what},
                                   {"then", result_json(changed.then)},
                                   {"now", result_json(changed.now)}});
  for (const FreshFinding& fresh : against.fresh()) {
    nlohmann::ordered_json one{
        {"title", fresh.title}, {"runs", fresh.runs}, {"first_case", fresh.first_case}};
    if (const auto repeat = report.repeats.find(fresh.title); repeat != report.repeats.end())
      one["repeat"] = repeat->second;
    document["new_findings"].push_back(std::move(one));
  }
  return json_text(document);
}

std::vector<JUnitSuite> against_junit(const AgainstReport& report) {
  JUnitSuite suite{.name = report.name + " against " + report.against.path()};
  for (const AgainstRow& row : report.against.rows())
    suite.cases.push_back({.classname = "faults." + row.design,
                           .name = row.faults,
                           .failure = row_failure(report.against, row)});
  return {suite};
}

KtapTest against_ktap(const AgainstReport& report) {
  std::vector<KtapTest> tests;
  for (const AgainstRow& row : report.against.rows())
    tests.push_back(ktap_test(row.design + ' ' + row.faults, row_failure(report.against, row)));
  return ktap_group(report.name + " against " + report.against.path(), std::move(tests),
                    against_text(report, Look{}));
}

}  // namespace cpuhp
