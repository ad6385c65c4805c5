#include "sim/report/check_report.hpp"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "sim/report/json_text.hpp"

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
  for (const TraceFinding& f : r.findings) {
    text += where(r, f.line) + ": " + inked(f.finding.invariant, Ink::Red, look) + ": ";
    text += f.finding.text + " (" + stamp(r, f.finding.time);
    text += "; " + f.finding.source + ")\n";
  }
  const std::size_t n = r.findings.size();
  text +=
      fmt::format("{} events parsed, {} skipped, {} unmatched, ", r.events, r.skipped, r.unmatched);
  text += inked(fmt::format("{} finding{}", n, n == 1 ? "" : "s"), n == 0 ? Ink::Green : Ink::Red,
                look);
  return text + '\n';
}

std::string check_json(const TraceReport& r) {
  Json findings = Json::array();
  for (const TraceFinding& f : r.findings) {
    Json j{{"invariant", f.finding.invariant}};
    if (f.finding.cpu != kNoCpu) j["cpu"] = f.finding.cpu;
    j["time_ns"] = f.finding.time.v;
    if (f.line != 0) j["line"] = f.line;
    j["place"] = f.finding.place;
    j["text"] = f.finding.text;
    j["source"] = f.finding.source;
    findings.push_back(std::move(j));
  }
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
