#include "sim/report/check_report.hpp"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

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

}  // namespace

std::string check_text(const TraceReport& r, const Look& look) {
  std::string text;
  for (const TraceNote& note : r.lost) text += where(r, note.line) + ": " + note.text + '\n';
  for (std::size_t i = 0; i < r.findings.size(); ++i) {
    const Finding& f = r.findings[i];
    if (!f.is_cause()) continue;
    text += where(r, r.lines[i]) + ": " + inked(f.invariant, Ink::Red, look) + ": ";
    text += f.text + " (" + stamp(r, f.time) + ")\n";
    text += finding_details(f, followers_of(r.findings, i), r.counter);
  }
  const std::size_t n = count_causes(r.findings), more = r.findings.size() - n;
  text += fmt::format("{} events parsed, {} skipped, {} enters or exits unmatched, ", r.events,
                      r.skipped, r.unmatched);
  text += inked(counted(n, "finding"), n == 0 ? Ink::Green : Ink::Red, look);
  if (more > 0) text += fmt::format(", and {} more as their consequences", more);
  return text + '\n';
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
