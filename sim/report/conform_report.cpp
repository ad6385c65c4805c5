#include "sim/report/conform_report.hpp"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "sim/report/finding_report.hpp"
#include "sim/report/json_text.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

/// Returns one of three values: for a line that both sides have, or only one of them.
template <typename T>
T of_side(DiffLine::Side side, T both, T recorded, T simulated) {
  if (side == DiffLine::Side::Both) return both;
  return side == DiffLine::Side::Recorded ? recorded : simulated;
}

std::string unit_text(const UnitResult& unit, const Look& look) {
  std::string text =
      inked(unit.id, Ink::Bold, look) + " (line " + std::to_string(unit.line) + ")\n";
  for (const std::string& difference : unit.differences) text += "  " + difference + '\n';
  if (unit.diff.empty()) return text;
  text += "  events (-: only recorded, +: only simulated):\n";
  for (const DiffLine& line : unit.diff)
    text += "  " +
            inked(std::string(1, static_cast<char>(line.side)) + ' ' + line.text,
                  of_side(line.side, Ink::Plain, Ink::Red, Ink::Green), look) +
            '\n';
  return text;
}

std::string summary(const Conformance& c, const Look& look) {
  return c.recording + ": " + std::to_string(c.operations()) + " operations, " +
         inked(std::to_string(c.identical()) + " identical",
               c.identical() == c.operations() ? Ink::Green : Ink::Red, look) +
         "; " + std::to_string(c.with_events()) + " with events, " +
         std::to_string(c.identical_with_events()) + " identical, " +
         std::to_string(c.sequences()) + " distinct sequences of events\n";
}

}  // namespace

std::string conform_text(const Conformance& c, const Look& look, std::size_t shown) {
  std::string text;
  std::size_t left_out = 0;
  for (const Replay& replay : c.replays) {
    for (const UnitResult& unit : replay.units) {
      if (unit.identical()) continue;
      if (shown == 0) {
        ++left_out;
        continue;
      }
      --shown;
      text += unit_text(unit, look) + '\n';
    }
    const std::string broken = broken_text(replay.findings);
    if (!broken.empty()) text += inked(broken, Ink::Red, look);
  }
  if (left_out > 0)
    text += "... and " + std::to_string(left_out) +
            " more operations that differ (--format json shows all)\n\n";
  return text + summary(c, look);
}

KtapTest conform_ktap(const Conformance& c) {
  std::vector<KtapTest> tests;
  std::string broken;
  for (const Replay& replay : c.replays) {
    for (const UnitResult& unit : replay.units)
      tests.push_back(ktap_test(unit.id, unit.identical() ? "" : unit_text(unit, Look{})));
    broken += broken_text(replay.findings);
  }
  tests.push_back(ktap_test("invariants", broken));
  return ktap_group(c.recording, std::move(tests), summary(c, Look{}));
}

std::string conform_json(const Conformance& c) {
  Json replays = Json::array();
  for (const Replay& replay : c.replays) {
    Json units = Json::array();
    for (const UnitResult& unit : replay.units) {
      Json j{{"id", unit.id},
             {"line", unit.line},
             {"identical", unit.identical()},
             {"events", unit.events}};
      if (!unit.warnings.empty()) j["warnings"] = unit.warnings;
      if (!unit.differences.empty()) j["differences"] = unit.differences;
      for (const DiffLine& line : unit.diff)
        j["diff"].push_back(
            {{"side", of_side(line.side, "both", "recorded", "simulated")}, {"event", line.text}});
      units.push_back(std::move(j));
    }
    replays.push_back({{"digest", replay.digest},
                       {"operations", std::move(units)},
                       {"findings", findings_json(replay.findings)}});
  }
  return json_text(Json{{"version", 1},
                        {"recording", c.recording},
                        {"operations", c.operations()},
                        {"identical", c.identical()},
                        {"with_events", c.with_events()},
                        {"identical_with_events", c.identical_with_events()},
                        {"distinct_sequences", c.sequences()},
                        {"runs", std::move(replays)}});
}

}  // namespace cpuhp
