#include "sim/report/comparison_report.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "sim/report/json_text.hpp"
#include "sim/report/run_report.hpp"
#include "sim/report/text_table.hpp"
#include "sim/units.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

bool is_one(const std::optional<FactorRange>& f) { return f && f->low == f->high; }

Json run_json(const Comparison& c, const RunFigures& r) {
  const std::optional<FactorRange> factor = speedup(c, r);
  Json one{{"design", to_string(r.design)},
           {"seed", r.seed},
           {"cpus", r.cpus},
           {"online", r.online},
           {"bringup_ns", time_json(r, r.bringup)},
           {"boot_ns", time_json(r, r.boot)},
           {"background_left_ns", time_json(r.background_left)},
           {"control_cpu", ledger_json(r.control_cpu)},
           {"events", r.events},
           {"digest", r.digest},
           {"speedup", is_one(factor) ? Json(factor->low) : Json(nullptr)}};
  add_ranges(one, r);
  if (factor && !is_one(factor))
    one["speedup_range"] = {{"low", factor->low}, {"high", factor->high}};
  return one;
}

Json interval_json(const std::optional<MeanInterval>& m) {
  if (!m) return nullptr;
  return {{"mean", m->mean}, {"low", m->low}, {"high", m->high}};
}

Json over_seeds_json(const std::vector<OverSeeds>& all) {
  Json list = Json::array();
  for (const OverSeeds& one : all)
    list.push_back({{"design", to_string(one.design)},
                    {"seeds", one.seeds},
                    {"confidence", 0.95},
                    {"bringup_ns", interval_json(one.bringup)},
                    {"boot_ns", interval_json(one.boot)}});
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!all[i].end.empty()) list[i]["end"] = all[i].end;
  return list;
}

bool has_ranges(const Comparison& c) { return !std::ranges::all_of(c.runs, &RunFigures::is_one); }

Json comparison_json(const Comparison& c) {
  Json document{{"version", 1},
                {"scenario", c.scenario},
                {"baseline", to_string(c.baseline)},
                {"runs", Json::array()}};
  for (const RunFigures& r : c.runs) document["runs"].push_back(run_json(c, r));
  if (!c.notes.empty()) document["notes"] = c.notes;
  if (has_ranges(c)) document["to_record"] = c.to_record;
  if (const auto all = averages(c); !all.empty()) document["means"] = over_seeds_json(all);
  if (const auto all = gains(c); !all.empty()) document["paired"] = over_seeds_json(all);
  return document;
}

/// Returns the mean of a design's figure over all seeds.
template <typename Figure>
Ns mean(const Comparison& c, Design design, Figure figure) {
  std::int64_t sum = 0, n = 0;
  for (const RunFigures& r : c.runs) {
    if (r.design != design) continue;
    sum += std::invoke(figure, r).v;
    ++n;
  }
  return {n == 0 ? 0 : sum / n};
}

/// Returns the means of a design's low and high ends over all seeds.
TimeRange mean(const Comparison& c, Design design, TimeRange RunFigures::*time) {
  return {mean(c, design, [time](const RunFigures& r) { return (r.*time).low; }),
          mean(c, design, [time](const RunFigures& r) { return (r.*time).high; })};
}

TimeRange bringup_of(const Comparison& c, Design d) { return mean(c, d, &RunFigures::bringup); }
TimeRange boot_of(const Comparison& c, Design d) { return mean(c, d, &RunFigures::boot); }

const RunFigures& first_of(const Comparison& c, Design d) {
  return *std::ranges::find(c.runs, d, &RunFigures::design);
}
/// True when the design has figures, though they may be ranges.
bool told(const Comparison& c, Design d) {
  return std::ranges::all_of(c.runs, [d](const RunFigures& r) { return r.design != d || r.told; });
}
bool single(const Comparison& c, Design d) {
  return std::ranges::all_of(c.runs,
                             [d](const RunFigures& r) { return r.design != d || r.is_one(); });
}

std::string in_unit(const TimeRange& t, const Unit& unit) {
  const std::string low = in_unit(t.low, unit), high = in_unit(t.high, unit);
  return low == high ? low : low + " to " + high;
}

std::optional<FactorRange> factor_of(const Comparison& c, Design d) {
  if (!told(c, d) || !told(c, c.baseline)) return std::nullopt;
  const TimeRange base = bringup_of(c, c.baseline), time = bringup_of(c, d);
  if (d == c.baseline) return factor({time.low, time.low}, {time.low, time.low});
  return factor(base, time);
}

std::string factor_text(const std::optional<FactorRange>& f, std::string_view times = "x") {
  if (!f) return "-";
  const std::string low = fmt::format("{:.2f}{}", f->low, times),
                    high = fmt::format("{:.2f}{}", f->high, times);
  return low == high ? low : low + " to " + high;
}

bool has_background(const RunFigures& r) { return r.background_left.has_value(); }

std::string designs_table(const Comparison& c) {
  Ns largest{};
  for (const RunFigures& r : c.runs)
    if (r.told) largest = std::max(largest, r.boot.high);
  const Unit unit = unit_for(largest);
  const bool background = std::ranges::any_of(c.runs, &has_background);
  std::vector<TextColumn> columns{{"design"},
                                  {fmt::format("bring-up ({})", unit.name), Align::Right},
                                  {"factor", Align::Right},
                                  {fmt::format("boot ({})", unit.name), Align::Right},
                                  {"useful", Align::Right},
                                  {"spinning", Align::Right},
                                  {"sleeping", Align::Right},
                                  {"idle", Align::Right},
                                  {"online", Align::Right}};
  if (background) columns.push_back({fmt::format("background left ({})", unit.name), Align::Right});
  TextTable table(columns);
  for (const Design d : designs_of(c)) {
    const auto of = [&](auto figure) { return mean(c, d, figure); };
    const Ns whole = of([](const RunFigures& r) { return r.control_cpu.total(); });
    CpuId online = kNoCpu;
    for (const RunFigures& r : c.runs)
      if (r.design == d) online = std::min(online, r.online);
    std::vector<std::string> row{
        std::string(to_string(d)), told(c, d) ? in_unit(bringup_of(c, d), unit) : "no figure",
        factor_text(factor_of(c, d)), told(c, d) ? in_unit(boot_of(c, d), unit) : "no figure"};
    for (const Ns Ledger::*part :
         {&Ledger::useful, &Ledger::spinning, &Ledger::sleeping, &Ledger::idle})
      row.push_back(single(c, d) ? percent(of([part](const RunFigures& r) {
                                             return part == &Ledger::spinning
                                                        ? spinning(r.control_cpu)
                                                        : r.control_cpu.*part;
                                           }),
                                           whole)
                                 : "-");
    row.push_back(std::to_string(online));
    if (background)
      row.push_back(
          in_unit(of([](const RunFigures& r) { return r.background_left.value_or(Ns{}); }), unit));
    table.add(std::move(row));
  }
  return table.print("  ");
}

std::string over_seeds_table(const std::vector<OverSeeds>& all) {
  TextTable table({{"design"}, {"bring-up", Align::Right}, {"boot", Align::Right}});
  const auto text = [](const std::optional<MeanInterval>& m) {
    const auto ns = [](double v) { return Ns{static_cast<std::int64_t>(std::llround(v))}; };
    return fmt::format("{} [{}, {}]", readable(ns(m->mean)), readable(ns(m->low)),
                       readable(ns(m->high)));
  };
  for (const OverSeeds& one : all)
    table.add(
        {std::string(to_string(one.design)) + (one.end.empty() ? "" : ", " + one.end + " end"),
         text(one.bringup), text(one.boot)});
  return table.print("  ");
}

/// Returns the averages and gains over several seeds.
std::string seeds_tables(const Comparison& c) {
  std::string text;
  if (const auto all = averages(c); !all.empty())
    text += fmt::format("\nmean over {} seeds [95 % confidence]\n", all.front().seeds) +
            over_seeds_table(all);
  if (const auto all = gains(c); !all.empty())
    text += fmt::format("\nmean difference from {} over {} seeds [95 % confidence]\n",
                        to_string(c.baseline), all.front().seeds) +
            over_seeds_table(all);
  return text;
}

/// Joins words: "a", "a and b", "a, b and c".
std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

/// True when the times differ by less than one percent.
bool about_equal(const FactorRange& f) { return f.low > 0.99 && f.high < 1 / 0.99; }

/// Tells why a design gains nothing: " (its control CPU spins for 57.7% of the boot)".
std::string why_not(const Comparison& c, Design design) {
  const Ns burnt = mean(c, design, [](const RunFigures& r) { return spinning(r.control_cpu); });
  const Ns whole = mean(c, design, [](const RunFigures& r) { return r.control_cpu.total(); });
  if (burnt.v < whole.v / 4) return "";
  return fmt::format(" (its control CPU spins for {} of the boot)", percent(burnt, whole));
}

/// Compares the bring-ups in words.
std::string bringup_in_words(const Comparison& c) {
  std::vector<std::string> faster, parts;
  for (const Design d : designs_of(c)) {
    const std::optional<FactorRange> f = factor_of(c, d);
    if (d == c.baseline || !f) continue;
    const std::string reason = single(c, d) ? why_not(c, d) : "";
    if (about_equal(*f))
      parts.push_back(fmt::format("{} takes the same time within 1%{}", to_string(d), reason));
    else if (f->low >= 1)
      faster.push_back(fmt::format("{} times as fast under {}", factor_text(f, ""), to_string(d)));
    else if (f->high <= 1)
      parts.push_back(fmt::format("{} takes {} times as long{}", to_string(d),
                                  factor_text(FactorRange{1 / f->high, 1 / f->low}, ""), reason));
    else
      parts.push_back(fmt::format("whether {} is faster, the traces do not tell", to_string(d)));
  }
  if (!faster.empty()) parts.insert(parts.begin(), "the CPUs come up " + joined(faster));
  if (parts.empty()) return "";
  return fmt::format("Compared with {}: {}.", to_string(c.baseline), fmt::join(parts, "; "));
}

/// Tells how much the whole boot gains, if it goes on after the bring-up.
std::string boot_in_words(const Comparison& c) {
  if (!single(c, c.baseline)) return "";
  const Ns base = boot_of(c, c.baseline).low;
  const Unit unit = unit_for(base);
  std::vector<std::string> parts;
  for (const Design d : designs_of(c)) {
    if (d == c.baseline || !single(c, d)) continue;
    const Ns boot = boot_of(c, d).low, gained = base - boot;
    if (boot.v - bringup_of(c, d).low.v < base.v / 100) continue;
    parts.push_back(fmt::format("{} {} {} under {}",
                                in_unit(gained < Ns{} ? Ns{} - gained : gained, unit), unit.name,
                                gained < Ns{} ? "later" : "earlier", to_string(d)));
  }
  if (parts.empty()) return "";
  return fmt::format(" The whole boot, with the work that follows the bring-up, ends {}.",
                     joined(parts));
}

/// Describes the result in sentences.
std::string in_words(const Comparison& c) {
  if (bringup_of(c, c.baseline).low <= Ns{} || !told(c, c.baseline)) return "";
  return bringup_in_words(c) + boot_in_words(c);
}

std::string seeds_text(const Comparison& c) {
  if (c.runs.empty()) return "";
  const std::uint64_t first = c.runs.front().seed, last = c.runs.back().seed;
  return first == last ? fmt::format("seed {}", first) : fmt::format("seeds {} to {}", first, last);
}

/// When there are several seeds, tells which one the pictures show: "timeline of seed 1:".
std::string pictured_text(const Comparison& c) {
  if (c.runs.empty() || c.runs.front().seed == c.runs.back().seed) return "";
  return fmt::format("timeline of seed {}:\n", c.runs.front().seed);
}

/// Returns the digests when there is only one seed. (--format json has those of many seeds.)
std::string digests_text(const Comparison& c) {
  if (c.runs.empty() || c.runs.front().seed != c.runs.back().seed) return "";
  std::vector<std::string> digests;
  for (const RunFigures& r : c.runs)
    digests.push_back(fmt::format("{} {}", to_string(r.design), r.digest));
  return "Digests: " + joined(digests) + '.';
}

/// Splits the text into indented lines of at most `columns` letters.
std::string wrapped(const std::string& text, unsigned columns) {
  std::string lines, line = " ";
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (line.size() > 1 && line.size() + 1 + end - begin > columns) {
      lines += line + '\n';
      line = " ";
    }
    line += ' ' + text.substr(begin, end - begin);
    begin = end + 1;
  }
  return lines + line + '\n';
}

/// Says of each design why its time is a range, or why there is none.
std::string ranges_text(const Comparison& c, unsigned columns) {
  std::string text;
  for (const Design d : designs_of(c)) {
    if (single(c, d)) continue;
    const std::optional<FactorRange> f = factor_of(c, d);
    const std::string_view spans = f && f->low < 1 && f->high > 1
                                       ? "; these traces do not tell which of the two is faster"
                                       : "";
    text += wrapped(
        fmt::format("{}: {}{}.", to_string(d),
                    figure_and_why(mean(c, d, &RunFigures::bringup), first_of(c, d)), spans),
        columns);
  }
  if (!text.empty() && !c.to_record.empty())
    text += wrapped("To know more, record " + c.to_record + ".", columns);
  return text.empty() ? "" : '\n' + text;
}

}  // namespace

std::string figure_and_why(const TimeRange& time, const RunFigures& r) {
  const Unit unit = unit_for(time.high);
  if (r.told) return fmt::format("{} {}: {}", in_unit(time, unit), unit.name, r.why);
  if (time.is_one()) return "no figure: " + r.why;
  return fmt::format("no figure (from {} {}: {})", in_unit(time, unit), unit.name, r.why);
}

Json time_json(const RunFigures& r, const TimeRange& time) {
  return r.told && time.is_one() ? Json(time.low.v) : Json(nullptr);
}

void add_ranges(Json& to, const RunFigures& r) {
  const auto add = [&to](const char* key, const TimeRange& time) {
    if (!time.is_one()) to[key] = {{"low", time.low.v}, {"high", time.high.v}};
  };
  add("bringup_range_ns", r.bringup);
  add("boot_range_ns", r.boot);
  if (!r.why.empty()) to[r.told ? "why_range" : "no_figure"] = r.why;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string comparison_json(const std::vector<Comparison>& comparisons) {
  if (comparisons.size() == 1) return json_text(comparison_json(comparisons.front()));
  Json document{{"version", 1}, {"comparisons", Json::array()}};
  for (const Comparison& c : comparisons) document["comparisons"].push_back(comparison_json(c));
  return json_text(document);
}

std::string comparison_csv(const std::vector<Comparison>& comparisons) {
  std::string text =
      "scenario,design,seed,cpus,online,bringup_ns,boot_ns,useful_ns,spinning_ns,sleeping_ns,"
      "idle_ns,events,digest,speedup,background_left_ns,bringup_low_ns,bringup_high_ns,boot_low_ns,"
      "boot_high_ns,speedup_low,speedup_high,no_figure\n";
  for (const Comparison& c : comparisons)
    for (const RunFigures& r : c.runs) {
      const std::optional<FactorRange> factor = speedup(c, r);
      const auto number = [](bool known, double f) {
        return known ? fmt::format("{:.6g}", f) : "";
      };
      const auto one = [&r](const TimeRange& t) {
        return r.told && t.is_one() ? std::to_string(t.low.v) : "";
      };
      // A design without a figure may still have a range, which is too wide for one.
      const auto ends = [&r](const TimeRange& t) {
        return r.told || !t.is_one() ? fmt::format("{},{}", t.low.v, t.high.v) : ",";
      };
      text += fmt::format(
          "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(c.scenario),
          to_string(r.design), r.seed, r.cpus, r.online, one(r.bringup), one(r.boot),
          r.control_cpu.useful.v, spinning(r.control_cpu).v, r.control_cpu.sleeping.v,
          r.control_cpu.idle.v, r.events, r.digest, is_one(factor) ? number(true, factor->low) : "",
          r.background_left ? std::to_string(r.background_left->v) : "", ends(r.bringup),
          ends(r.boot), number(factor.has_value(), factor ? factor->low : 0),
          number(factor.has_value(), factor ? factor->high : 0), r.told ? "" : csv_field(r.why));
    }
  return text;
}

std::string comparison_text(const Comparison& c, const std::vector<DesignPicture>& pictures,
                            const Look& look) {
  const unsigned columns = std::min(look.columns, 100u);
  std::string text = fmt::format("{}{}{}, {}\n", inked(c.scenario, Ink::Bold, look),
                                 c.machine.empty() ? "" : ": ", c.machine, seeds_text(c));
  text += designs_table(c);
  text += ranges_text(c, columns);
  text += seeds_tables(c);
  const std::string timeline = designs_timeline(pictures, look);
  if (!timeline.empty()) text += '\n' + pictured_text(c) + timeline;
  for (const std::string& note : c.notes) text += "\nnote: " + note + '\n';
  for (const std::string& words : {in_words(c), digests_text(c)})
    if (!words.empty()) text += '\n' + wrapped(words, columns);
  return text;
}

}  // namespace cpuhp
