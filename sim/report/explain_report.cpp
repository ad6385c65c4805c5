#include "sim/report/explain_report.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "sim/analysis/traced_walks.hpp"
#include "sim/report/chain_text.hpp"
#include "sim/report/json_text.hpp"
#include "sim/units.hpp"

namespace cpuhp {
namespace {

using ExplainJson = nlohmann::ordered_json;

constexpr std::size_t kColumns = 100;

/// Returns an operation in words: "the boot", "down of CPU 1".
std::string operation_words(const Span& span) {
  if (span.what == "trace") return "the trace";
  if (span.what == "boot") return "the boot";
  const bool of_cpu = (span.what == "up" || span.what == "down") && span.cpu != kNoCpu;
  return of_cpu ? fmt::format("{} of CPU {}", span.what, span.cpu) : span.what;
}

/// Returns for how long the control CPU waits for others, on the critical chain.
Ns on_others(const Explanation& e) {
  Ns sum{};
  for (const ChainShare& share : shares(e.chain, e.boot_cpu))
    if (!share.control && share.kind != LinkKind::Untraced && share.kind != LinkKind::Pause)
      sum += share.sum;
  return sum;
}

std::string summary(const Explanation& e, const Look& look) {
  const Span& span = e.chain.span;
  const Ns total = span.busy(), others = on_others(e);
  const std::string what = span.pauses.empty() ? operation_words(span)
                                               : fmt::format("{} operations", e.operations.size());
  const std::string_view takes = !span.returned        ? "never ends; the simulation stops after"
                                 : span.pauses.empty() ? "takes"
                                                       : "take";
  std::string text =
      fmt::format("{}: {} {} {}", e.subject, what, takes, inked(readable(total), Ink::Bold, look));
  if (!span.pauses.empty())
    text += fmt::format(", and the time between them is {}", readable(span.paused()));
  if (others > Ns{})
    text += fmt::format(";\nfor {} of this time ({}) the control CPU waits for other CPUs",
                        inked(readable(others), Ink::Bold, look), percent(others, total));
  return text + ".\n";
}

std::string causes_text(const Explanation& e) {
  std::string text;
  for (const Cause& cause : causes(e))
    text += fmt::format("  {:>12}  {}\n", readable(cause.time), cause.text);
  return text.empty() ? "" : "\nwhere the time goes\n" + text;
}

std::string chain_table(const Explanation& e, const ShownRows& shown) {
  const auto& links = e.chain.links;
  const std::size_t most = shown.all ? links.size() : std::max<std::size_t>(shown.top, 4);
  // The longest links are chosen, and then sorted by time.
  std::vector<std::size_t> picked(links.size());
  std::iota(picked.begin(), picked.end(), std::size_t{0});
  std::ranges::stable_sort(picked, std::greater{},
                           [&](std::size_t i) { return links[i].duration; });
  picked.resize(std::min(picked.size(), most));
  std::sort(picked.begin(), picked.end());
  const Unit unit = unit_for(e.chain.span.total());
  TextTable table({{fmt::format("begin ({})", unit.name), Align::Right},
                   {"took", Align::Right},
                   {"who"},
                   {"what"},
                   {"why"}});
  for (const std::size_t i : picked) {
    const ChainLink& l = links[i];
    table.add({in_unit(l.begin - e.chain.span.begin, unit), in_unit(l.duration, unit),
               clipped(who(l, e.boot_cpu), 18), clipped(link_text(l), 24), l.why});
  }
  return fmt::format("\ncritical chain: {} links, which take {} together; the longest links:\n",
                     links.size(), readable(e.chain.span.total())) +
         clipped_lines(table.print("  "), kColumns) +
         left_out(links.size() - picked.size(), "links");
}

std::string shares_table(const Explanation& e, const ShownRows& shown) {
  const std::vector<ChainShare> all = shares(e.chain, e.boot_cpu);
  const std::span<const ChainShare> largest = shown.of(all);
  const Unit unit = unit_for(e.chain.span.total());
  TextTable table({{fmt::format("sum ({})", unit.name), Align::Right},
                   {"share", Align::Right},
                   {"links", Align::Right},
                   {"largest", Align::Right},
                   {"for", Align::Right},
                   {"on"},
                   {"what"}});
  for (const ChainShare& s : largest) {
    const bool pause = s.kind == LinkKind::Pause;
    table.add({in_unit(s.sum, unit), pause ? "-" : percent(s.sum, e.chain.span.busy()),
               std::to_string(s.links), in_unit(s.largest, unit),
               s.largest_cpu == kNoCpu ? "-" : fmt::format("CPU {}", s.largest_cpu),
               pause       ? "-"
               : s.control ? "control"
                           : "AP",
               clipped(share_text(s), 40)});
  }
  return "\ncritical chain, summed up by step and wait\n" + table.print("  ") +
         left_out(all.size() - largest.size(), "rows");
}

std::string blame_table(const Explanation& e, const ShownRows& shown) {
  const std::span<const BlameRow> rows = shown.of(e.blame.rows);
  if (rows.empty()) return "";
  const Unit unit = unit_for(rows.front().sum);
  TextTable table({{fmt::format("sum ({})", unit.name), Align::Right},
                   {"count", Align::Right},
                   {"largest", Align::Right},
                   {"for", Align::Right},
                   {"on chain", Align::Right},
                   {"kind"},
                   {"what"},
                   {"callback"}});
  for (const BlameRow& r : rows) {
    const bool down = r.kind == BlameKind::Step && r.direction == Direction::Down;
    table.add({in_unit(r.sum, unit), std::to_string(r.count), in_unit(r.largest, unit),
               r.largest_cpu == kNoCpu ? "-" : fmt::format("CPU {}", r.largest_cpu),
               in_unit(r.on_chain, unit), std::string(to_string(r.kind)),
               clipped(r.name, 24) + (down ? " down" : ""), clipped(r.symbol, 28)});
  }
  return "\ncost of each step, phase and wait, summed up over all CPUs\n" +
         clipped_lines(table.print("  "), kColumns) +
         left_out(e.blame.rows.size() - rows.size(), "rows");
}

std::string outlier_words(const Outlier& o, bool with_time) {
  std::string text = fmt::format("{} of CPU {}", o.name, o.cpu);
  if (with_time) text += " took " + readable(o.duration);
  text += o.median > Ns{} ? ", usually " + readable(o.median) : ", and happened once";
  return o.place.empty() ? text : text + ": " + o.place;
}

std::string outliers_text(const Explanation& e, const ShownRows& shown) {
  if (e.blame.outliers.empty()) return "";
  std::string text = "\noutliers\n";
  const std::span<const Outlier> longest = shown.of(e.blame.outliers);
  for (const Outlier& o : longest) text += "  " + outlier_words(o, true) + '\n';
  return text + left_out(e.blame.outliers.size() - longest.size(), "outliers");
}

std::string ledger_table(const Explanation& e, const ShownRows& shown) {
  const MachineLedger& l = e.ledger;
  if (l.cpus.empty()) return "";
  const Unit unit = unit_for(l.total);
  TextTable table({{"CPU", Align::Right},
                   {fmt::format("useful ({})", unit.name), Align::Right},
                   {"spinning", Align::Right},
                   {"sleeping", Align::Right},
                   {"idle", Align::Right},
                   {"stopped", Align::Right}});
  const std::size_t most = shown.of(l.cpus).size();
  const auto row = [&](std::string name, const Ledger& of) {
    table.add({std::move(name), in_unit(of.useful, unit), in_unit(of.spinning, unit),
               in_unit(of.sleeping, unit), in_unit(of.idle, unit), in_unit(of.stopped, unit)});
  };
  Ledger sum;
  for (const Ledger& of : l.cpus) {
    sum.useful += of.useful;
    sum.spinning += of.spinning;
    sum.sleeping += of.sleeping;
    sum.idle += of.idle;
    sum.stopped += of.stopped;
  }
  row("all", sum);
  for (std::size_t cpu = 0; cpu < most; ++cpu) row(std::to_string(cpu), l.cpus[cpu]);
  return fmt::format("\nwhat each CPU did in these {}\n", readable(l.total)) + table.print("  ") +
         left_out(l.cpus.size() - most, "CPUs");
}

std::string gain_text(Ns time, Ns baseline) {
  return fmt::format("({}{})", time <= baseline ? "-" : "+",
                     percent(Ns{std::abs((baseline - time).v)}, baseline));
}

std::string time_and_gain(const std::optional<Ns>& time, Ns baseline, const Unit& unit) {
  if (!time) return "never ends";
  return fmt::format("{} {}", in_unit(*time, unit), gain_text(*time, baseline));
}

std::string factor_text(std::int64_t millionths) {
  return fmt::format("{}.{:06}", millionths / 1'000'000, millionths % 1'000'000);
}

/// Returns a change in words: "tsc_sync cost nothing", "alive cost 0.5 times as much".
std::string change_text(const CostChange& c) {
  if (c.millionths == 0) return c.name + " cost nothing";
  if (c.millionths == 1'000'000) return c.name + " cost as much as it does";
  std::string factor = factor_text(c.millionths);
  factor.erase(factor.find_last_not_of('0') + 1);
  if (factor.back() == '.') factor.pop_back();
  return fmt::format("{} cost {} times as much", c.name, factor);
}

/// Says what the changes would achieve in the other readings of the traces.
std::string other_readings_text(const WhatIf& w) {
  std::string text;
  for (const WhatIf::Reading& r : w.other_readings)
    if (r.baseline && r.own)
      text += fmt::format("  the traces may also be read so that it is {} {}, instead of {}\n",
                          readable(*r.own), gain_text(*r.own, *r.baseline), readable(*r.baseline));
  return text;
}

/// Returns in words what all --what-if changes together would achieve.
std::string own_what_if_text(const WhatIf& w) {
  if (!w.own_time && w.own.empty()) return "";
  std::string text = "\nwhat if";
  for (std::size_t i = 0; i < w.own.size(); ++i)
    text += (i == 0 ? " " : i + 1 == w.own.size() ? " and " : ", ") + change_text(w.own[i]);
  if (!w.own_time) return text + ": the operation never ends\n";
  return text +
         fmt::format(": {} {}, instead of {}\n", readable(*w.own_time),
                     gain_text(*w.own_time, w.baseline), readable(w.baseline)) +
         other_readings_text(w);
}

std::string what_if_table(const Explanation& e) {
  if (!e.what_if)
    return "\nwhat if: not available, because a trace cannot be run again; --states makes "
           "a twin that can\n";
  const WhatIf& w = *e.what_if;
  const Unit unit = unit_for(w.baseline);
  const std::string text = own_what_if_text(w);
  if (w.rows.empty()) return text;
  TextTable table({{"what"},
                   {"kind"},
                   {fmt::format("50 % cheaper ({})", unit.name), Align::Right},
                   {"free", Align::Right}});
  for (const WhatIfRow& r : w.rows)
    table.add({clipped(r.name, 40), std::string(to_string(r.kind)),
               time_and_gain(r.half, w.baseline, unit), time_and_gain(r.none, w.baseline, unit)});
  return text +
         fmt::format("\nwhat if one cost were lower: time of {} ({} without a change)\n",
                     e.from_trace ? "the twin's boot" : operation_words(e.chain.span),
                     readable(w.baseline)) +
         table.print("  ") + left_out(w.left_out, "costs");
}

std::string others_text(const Explanation& e, const ShownRows& shown) {
  if (e.operations.size() < 2) return "";
  std::string text = "\nall operations (--operation N explains operation N)\n";
  const std::size_t most = ShownRows{20, shown.all}.of(e.operations).size();
  for (std::size_t i = 0; i < most; ++i)
    text += fmt::format("  {} {:>3}  {:>12}  {}\n", i == e.chosen ? '*' : ' ',
                        e.operations[i].operation, readable(e.operations[i].total()),
                        operation_words(e.operations[i]));
  return text + left_out(e.operations.size() - most, "operations");
}

// ------------------------------------------------------------------------------ JSON

ExplainJson blame_json(const Blame& blame) {
  ExplainJson rows = ExplainJson::array(), outliers = ExplainJson::array();
  for (const BlameRow& r : blame.rows) {
    ExplainJson one{{"kind", to_string(r.kind)}, {"name", r.name}};
    if (r.kind == BlameKind::Step) {
      one["step"] = r.step;
      one["direction"] = direction_word(r.direction);
      one["symbol"] = r.symbol;
    }
    one["count"] = r.count;
    one["sum_ns"] = r.sum.v;
    one["median_ns"] = r.median.v;
    one["largest_ns"] = r.largest.v;
    one["largest_cpu"] = cpu_json(r.largest_cpu);
    one["on_chain_ns"] = r.on_chain.v;
    rows.push_back(std::move(one));
  }
  for (const Outlier& o : blame.outliers)
    outliers.push_back({{"kind", to_string(o.kind)},
                        {"name", o.name},
                        {"direction", direction_word(o.direction)},
                        {"cpu", cpu_json(o.cpu)},
                        {"begin_ns", o.begin.v},
                        {"duration_ns", o.duration.v},
                        {"median_ns", o.median.v},
                        {"place", o.place}});
  return {{"rows", std::move(rows)}, {"outliers", std::move(outliers)}};
}

ExplainJson ledger_json(const MachineLedger& ledger) {
  ExplainJson cpus = ExplainJson::array();
  for (std::size_t cpu = 0; cpu < ledger.cpus.size(); ++cpu) {
    const Ledger& l = ledger.cpus[cpu];
    cpus.push_back({{"cpu", cpu},
                    {"useful_ns", l.useful.v},
                    {"spinning_ns", l.spinning.v},
                    {"sleeping_ns", l.sleeping.v},
                    {"idle_ns", l.idle.v},
                    {"stopped_ns", l.stopped.v}});
  }
  return {
      {"total_ns", ledger.total.v}, {"from_trace", ledger.from_trace}, {"cpus", std::move(cpus)}};
}

ExplainJson what_if_json(const std::optional<WhatIf>& what_if) {
  if (!what_if) return nullptr;
  ExplainJson rows = ExplainJson::array(), own = ExplainJson::array();
  for (const WhatIfRow& r : what_if->rows)
    rows.push_back({{"kind", to_string(r.kind)},
                    {"name", r.name},
                    {"half_ns", time_json(r.half)},
                    {"free_ns", time_json(r.none)}});
  for (const CostChange& c : what_if->own)
    own.push_back(
        {{"kind", to_string(c.kind)}, {"name", c.name}, {"factor", factor_text(c.millionths)}});
  ExplainJson json{{"baseline_ns", what_if->baseline.v},
                   {"rows", std::move(rows)},
                   {"left_out", what_if->left_out},
                   {"own", std::move(own)},
                   {"own_ns", time_json(what_if->own_time)}};
  for (const WhatIf::Reading& r : what_if->other_readings)
    json["other_readings"].push_back(
        {{"baseline_ns", time_json(r.baseline)}, {"own_ns", time_json(r.own)}});
  return json;
}

ExplainJson span_json(const Span& span) {
  return {{"operation", span.operation}, {"what", span.what},    {"cpu", cpu_json(span.cpu)},
          {"begin_ns", span.begin.v},    {"end_ns", span.end.v}, {"returned", span.returned}};
}

/// Returns a share in words: "microcode, 55 times, on APs, which the control CPU waits for".
Cause share_cause(const ChainShare& s) {
  const char* where = "on APs, which the control CPU waits for";
  if (s.kind == LinkKind::Untraced) where = "on APs";
  if (s.control) where = "on the control CPU";
  return {fmt::format("{}, {}, {}", share_text(s), counted(s.links, "time"), where), s.sum};
}

}  // namespace

Explanation explanation_of(const TraceSubject& trace, std::optional<std::size_t> operation) {
  const StreamFacts facts = trace.facts();
  Explanation e{.subject = trace.file,
                .from_trace = true,
                .boot_cpu = trace.boot_cpu,
                .operations = operations_of_trace(trace.stream),
                .notes = trace.notes};
  e.chosen = operation.value_or(e.operations.size());
  const Span span = operation ? e.operations[*operation] : walks_of_trace(trace.stream);
  e.ledger = trace_ledger(trace.stream, span);
  e.notes.push_back("a trace shows callbacks only: no waits, no locks, no phases of the hardware");
  e.chain = critical_chain(trace.stream, span, facts);
  e.blame = blame(trace.stream, span, facts, e.chain);
  return e;
}

std::vector<Cause> causes(const Explanation& e) {
  std::vector<Cause> all;
  constexpr std::size_t most = 4;
  const Ns total = e.chain.span.busy();
  for (const ChainShare& s : shares(e.chain, e.boot_cpu)) {
    if (s.kind == LinkKind::Pause) continue;
    if (all.size() == most || s.sum.v * 20 < total.v) break;
    all.push_back(share_cause(s));
  }
  for (const Outlier& o : ShownRows{most}.of(e.blame.outliers))
    all.push_back({"outlier " + outlier_words(o, false), o.duration});
  return all;
}

std::string explain_text(const Explanation& e, const Look& look, const ShownRows& shown) {
  std::string text = summary(e, look);
  for (const std::string& note : e.notes) text += "note: " + note + '\n';
  text += clipped_lines(causes_text(e), kColumns);
  text += shares_table(e, shown);
  text += chain_table(e, shown);
  text += blame_table(e, shown);
  text += clipped_lines(outliers_text(e, shown), kColumns);
  text += what_if_table(e);
  text += ledger_table(e, shown);
  return text + others_text(e, shown);
}

std::string explain_json(const Explanation& e) {
  ExplainJson operations = ExplainJson::array(), reasons = ExplainJson::array();
  for (const Span& span : e.operations) operations.push_back(span_json(span));
  for (const Cause& c : causes(e)) reasons.push_back({{"time_ns", c.time.v}, {"text", c.text}});
  ExplainJson document{{"version", 1},
                       {"subject", e.subject},
                       {"from_trace", e.from_trace},
                       {"boot_cpu", e.boot_cpu},
                       {"explained", span_json(e.chain.span)},
                       {"total_ns", e.chain.span.total().v},
                       {"between_operations_ns", e.chain.span.paused().v},
                       {"waits_for_others_ns", on_others(e).v},
                       {"causes", std::move(reasons)},
                       {"chain", chain_json(e.chain, e.boot_cpu)},
                       {"chain_shares", shares_json(e.chain, e.boot_cpu)},
                       {"blame", blame_json(e.blame)},
                       {"what_if", what_if_json(e.what_if)},
                       {"ledger", ledger_json(e.ledger)},
                       {"operations", std::move(operations)},
                       {"notes", e.notes}};
  return json_text(document);
}

}  // namespace cpuhp
