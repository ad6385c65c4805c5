#include "sim/report/check_report.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "model/checks/checks.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/report/json_text.hpp"
#include "sim/report/text_table.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

std::string where(const TraceReport& r, std::uint32_t line) {
  return line == 0 ? r.file : r.file + ':' + std::to_string(line);
}

std::string stamp(const TraceReport& r, Ns time) {
  if (r.counter) return fmt::format("at {}", time.v);
  return fmt::format("at {}.{:06} s", time.v / 1'000'000'000, time.v % 1'000'000'000 / 1'000);
}

std::string lost_text(const TraceReport& r) {
  std::string text;
  for (const TraceNote& note : r.lost) text += where(r, note.line) + ": " + note.text + '\n';
  return text;
}

std::string cause_text(const TraceReport& r, std::size_t i, const Look& look) {
  const Finding& f = r.findings[i];
  return where(r, r.lines[i]) + ": " + inked(f.invariant, Ink::Red, look) + ": " + f.text + " (" +
         stamp(r, f.time) + ")\n" + finding_details(f, followers_of(r.findings, i), r.counter);
}

std::string counts_text(const TraceReport& r, const Look& look) {
  const std::size_t n = count_causes(r.findings), more = r.findings.size() - n;
  std::string text = fmt::format("{} events parsed, {} skipped, {} enters or exits unmatched, ",
                                 r.events, r.skipped, r.unmatched);
  text += inked(counted(n, "finding"), n == 0 ? Ink::Green : Ink::Red, look);
  if (more > 0) text += fmt::format(", and {} more as their consequences", more);
  return text + '\n';
}

/// Returns the findings of one invariant: causes with their details, and where other causes broke
/// it. Empty: it holds.
std::string failure_text(const TraceReport& r, const std::string& invariant) {
  std::string causes, consequences;
  for (std::size_t i = 0; i < r.findings.size(); ++i) {
    const Finding& f = r.findings[i];
    if (f.invariant != invariant) continue;
    if (f.is_cause())
      causes += cause_text(r, i, Look{});
    else if (r.findings[f.cause].invariant != invariant)
      consequences += where(r, r.lines[i]) + ": follows from " + r.findings[f.cause].invariant +
                      " of " + where(r, r.lines[f.cause]) + '\n';
  }
  return causes + consequences;
}

/// Returns all invariants of traces, each once, and those of the findings.
std::vector<std::string> invariants_of(const TraceReport& r) {
  std::vector<std::string> all;
  const auto add = [&all](std::string_view invariant) {
    if (std::ranges::find(all, invariant) == all.end()) all.emplace_back(invariant);
  };
  for (const Law& law : walk_laws())
    for (std::string_view rest = law.invariants; !rest.empty();) {  // such as "I11, I12"
      const std::size_t comma = std::min(rest.find(", "), rest.size());
      add(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 2, rest.size()));
    }
  add("unreadable");
  add("cut");
  for (const Finding& f : r.findings) add(f.invariant);
  return all;
}

}  // namespace

std::string check_text(const TraceReport& r, const Look& look) {
  std::string text = lost_text(r);
  for (std::size_t i = 0; i < r.findings.size(); ++i)
    if (r.findings[i].is_cause()) text += cause_text(r, i, look);
  return text + counts_text(r, look);
}

KtapTest check_ktap(const TraceReport& r, const std::vector<NotJudged>& skipped) {
  std::vector<KtapTest> tests;
  for (const std::string& invariant : invariants_of(r)) {
    const std::string failure = failure_text(r, invariant);
    const auto skip = std::ranges::find(skipped, invariant, &NotJudged::invariant);
    tests.push_back(failure.empty() && skip != skipped.end()
                        ? ktap_skip(invariant, std::string(skip->why))
                        : ktap_test(invariant, failure));
  }
  return ktap_group(r.file, std::move(tests), lost_text(r) + counts_text(r, Look{}));
}

std::string check_json(const TraceReport& r) {
  const auto line = [&r](std::size_t i) { return r.lines[i] == 0 ? Json() : Json(r.lines[i]); };
  Json findings =
      findings_json(r.findings, [&line](Json& json, std::size_t i) { json["line"] = line(i); });
  Json lost = Json::array();
  for (const TraceNote& note : r.lost) lost.push_back({{"line", note.line}, {"text", note.text}});
  return json_text(Json{{"version", 1},
                        {"trace", r.file},
                        {"design", r.design},
                        {"events", r.events},
                        {"skipped", r.skipped},
                        {"unmatched", r.unmatched},
                        {"lost", std::move(lost)},
                        {"findings", std::move(findings)}});
}

}  // namespace cpuhp
