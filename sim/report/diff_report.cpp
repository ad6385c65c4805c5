#include "sim/report/diff_report.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "sim/report/chain_text.hpp"
#include "sim/report/json_text.hpp"
#include "sim/units.hpp"

namespace cpuhp {
namespace {

using DiffJson = nlohmann::ordered_json;

std::string signed_in_unit(Ns d, const Unit& unit) {
  return (d > Ns{} ? "+" : "") + in_unit(d, unit);
}

std::string delta_name(const Delta& d) {
  std::string name = d.name;
  if (d.kind == BlameKind::Step && d.direction == Direction::Down) name += " down";
  return name;
}

/// Returns the largest difference of a step or a phase; without these, that of a wait. In each list
/// the largest one is first.
const Delta* largest_cost(const Difference& d) {
  const Delta* largest = nullptr;
  for (const auto* list : {&d.steps, &d.phases})
    if (!list->empty() &&
        (largest == nullptr || std::abs(list->front().delta().v) > std::abs(largest->delta().v)))
      largest = &list->front();
  if (largest == nullptr && !d.waits.empty()) largest = &d.waits.front();
  return largest;
}

/// True when `part` has the sign of `whole`, and is more than half and at most all of it.
bool is_most(Ns part, Ns whole) {
  const std::int64_t of = whole.v < 0 ? -part.v : part.v, all = std::abs(whole.v);
  return 2 * of > all && of <= all;
}

std::string diff_summary(const Difference& d, const Look& look) {
  const auto side = [](char name, const std::string& label, const std::string& kernel, Ns total,
                       Ns outside) {
    return fmt::format(
        "{}: {}{}: {}{}\n", name, label, kernel.empty() ? "" : ", kernel " + kernel,
        readable(total),
        outside > Ns{} ? fmt::format(" in operations, {} outside of operations", readable(outside))
                       : "");
  };
  std::string text = side('A', d.label_a, d.kernel_a, d.total_a, d.outside_a) +
                     side('B', d.label_b, d.kernel_b, d.total_b, d.outside_b);
  if (d.same) return text + inked("the same", Ink::Green, look) + '\n';
  const Ns delta = d.total_b - d.total_a;
  const bool outside = d.outside_a > Ns{} || d.outside_b > Ns{};
  text += fmt::format("B takes {} {}{}", readable(Ns{std::abs(delta.v)}),
                      delta >= Ns{} ? "more" : "less", outside ? " in operations" : "");
  if (const Delta* most = largest_cost(d)) {
    text += fmt::format(";\n{} {} {}: {} instead of {}",
                        is_most(most->delta(), delta) ? "most of the difference comes from"
                                                      : "the largest single difference comes from",
                        to_string(most->kind), inked(delta_name(*most), Ink::Bold, look),
                        readable(most->b), readable(most->a));
    if (most->cpu != kNoCpu) text += fmt::format(", most for CPU {}", most->cpu);
  }
  return text + ".\n";
}

std::string first_text(const Difference& d) {
  if (!d.first) return "\nno event differs, except in its time\n";
  const Divergence& f = *d.first;
  std::string text = "\nthe first event that differs";
  if (f.cpu != kNoCpu) text += fmt::format(", of CPU {}", f.cpu);
  text += ": " + f.why + '\n';
  for (const std::string& line : f.context_a) text += "  A " + clipped(line, 95) + '\n';
  for (const std::string& line : f.context_b) text += "  B " + clipped(line, 95) + '\n';
  return text;
}

std::string deltas_text(const std::vector<Delta>& list, std::string_view title,
                        std::string_view what, const ShownRows& shown) {
  if (list.empty()) return "";
  const std::span<const Delta> rows = shown.of(list);
  Ns largest{};
  for (const Delta& d : list) largest = std::max({largest, d.a, d.b});
  const Unit unit = unit_for(largest);
  const bool cpus = list.front().name.empty();
  TextTable table({{fmt::format("B - A ({})", unit.name), Align::Right},
                   {"A", Align::Right},
                   {"B", Align::Right},
                   {"times", Align::Right},
                   {cpus ? "CPU" : "most for", Align::Right},
                   {cpus ? "" : "what"}});
  for (const Delta& d : rows)
    table.add({signed_in_unit(d.delta(), unit), in_unit(d.a, unit), in_unit(d.b, unit),
               d.count_a == d.count_b ? std::to_string(d.count_a)
                                      : fmt::format("{} / {}", d.count_a, d.count_b),
               d.cpu == kNoCpu ? "-" : fmt::format("CPU {}", d.cpu), clipped(delta_name(d), 40)});
  return fmt::format("\n{}\n", title) + table.print("  ") +
         left_out(list.size() - rows.size(), what);
}

std::string states_text(const Difference& d, const ShownRows& shown) {
  if (d.states.empty()) return "";
  std::string went, came, other;
  std::size_t others = 0;
  for (const CameOrWent& s : d.states) {
    const std::string& symbol = s.in_a ? s.symbol_a : s.symbol_b;
    const std::string line = "    " + s.name + (symbol.empty() ? "" : " (" + symbol + ")") + '\n';
    if (s.in_a != s.in_b)
      (s.in_a ? went : came) += line;
    else if (++others <= shown.top || shown.all)
      other += fmt::format("    {}: {} / {}\n", s.name, s.symbol_a.empty() ? "-" : s.symbol_a,
                           s.symbol_b.empty() ? "-" : s.symbol_b);
  }
  const std::size_t hidden = shown.all || others <= shown.top ? 0 : others - shown.top;
  std::string text = "\nstates\n";
  if (!went.empty()) text += "  only in A\n" + went;
  if (!came.empty()) text += "  only in B\n" + came;
  if (!other.empty()) text += "  callbacks that differ, in A / in B\n" + other;
  return text + left_out(hidden, "states");
}

/// Returns the shares of both critical chains side by side.
std::string chains_text(const Difference& d, const ShownRows& shown) {
  if (d.chain_a.links.empty() || d.chain_b.links.empty()) return "";
  struct Pair {
    ChainShare share;
    Ns a{}, b{};
  };
  std::map<std::tuple<LinkKind, std::string, bool>, Pair> pairs;
  for (const bool second : {false, true})
    for (ChainShare& s :
         shares(second ? d.chain_b : d.chain_a, second ? d.boot_cpu_b : d.boot_cpu_a)) {
      if (s.kind == LinkKind::Pause) continue;
      Pair& p = pairs[{s.kind, s.what, s.control}];
      (second ? p.b : p.a) = s.sum;
      p.share = std::move(s);
    }
  std::vector<Pair> rows;
  for (auto& [key, pair] : pairs) rows.push_back(std::move(pair));
  std::ranges::stable_sort(rows, std::greater{}, [](const Pair& p) { return std::max(p.a, p.b); });
  const std::span<const Pair> largest = shown.of(rows);
  const Unit unit = unit_for(std::max(d.chain_a.span.busy(), d.chain_b.span.busy()));
  TextTable table({{fmt::format("A ({})", unit.name), Align::Right},
                   {"B", Align::Right},
                   {"B - A", Align::Right},
                   {"on"},
                   {"what"}});
  table.add({in_unit(d.chain_a.span.busy(), unit), in_unit(d.chain_b.span.busy(), unit),
             signed_in_unit(d.chain_b.span.busy() - d.chain_a.span.busy(), unit), "",
             fmt::format("in all ({} / {})", d.chain_a.span.what, d.chain_b.span.what)});
  for (const Pair& p : largest)
    table.add({in_unit(p.a, unit), in_unit(p.b, unit), signed_in_unit(p.b - p.a, unit),
               p.share.control ? "control" : "AP", clipped(share_text(p.share), 44)});
  return "\ncritical chains\n" + table.print("  ") + left_out(rows.size() - largest.size(), "rows");
}

// ------------------------------------------------------------------------------ JSON

DiffJson deltas_json(const std::vector<Delta>& list) {
  DiffJson all = DiffJson::array();
  for (const Delta& d : list) {
    DiffJson& one = all.emplace_back(DiffJson::object());
    if (!d.name.empty()) {
      one["kind"] = to_string(d.kind);
      one["name"] = d.name;
      if (d.kind == BlameKind::Step) one["direction"] = direction_word(d.direction);
    }
    one["cpu"] = cpu_json(d.cpu);
    one["a_ns"] = d.a.v;
    one["b_ns"] = d.b.v;
    one["delta_ns"] = d.delta().v;
    one["count_a"] = d.count_a;
    one["count_b"] = d.count_b;
  }
  return all;
}

DiffJson first_json(const std::optional<Divergence>& first) {
  if (!first) return nullptr;
  const auto index = [](const std::optional<std::size_t>& i) {
    return i ? DiffJson(*i) : DiffJson(nullptr);
  };
  return {{"cpu", cpu_json(first->cpu)},   {"why", first->why},
          {"event_a", index(first->a)},    {"event_b", index(first->b)},
          {"context_a", first->context_a}, {"context_b", first->context_b}};
}

DiffJson side_json(const std::string& label, const std::string& kernel, Ns total, Ns outside,
                   const CriticalChain& chain, CpuId boot_cpu) {
  return {{"label", label},
          {"kernel", kernel},
          {"total_ns", total.v},
          {"outside_ns", outside.v},
          {"chain_of", chain.span.what},
          {"chain_total_ns", chain.span.busy().v},
          {"chain_shares", shares_json(chain, boot_cpu)},
          {"chain", chain_json(chain, boot_cpu)}};
}

DiffJson states_json(const std::vector<CameOrWent>& states) {
  DiffJson all = DiffJson::array();
  for (const CameOrWent& s : states)
    all.push_back({{"name", s.name},
                   {"in_a", s.in_a},
                   {"in_b", s.in_b},
                   {"callbacks_a", s.symbol_a},
                   {"callbacks_b", s.symbol_b}});
  return all;
}

}  // namespace

std::string diff_text(const Difference& d, const Look& look, const ShownRows& shown) {
  std::string text = diff_summary(d, look);
  if (d.same) return text;
  text += first_text(d);
  text += deltas_text(d.phases, "phases", "phases", shown);
  text += deltas_text(d.steps, "steps", "steps", shown);
  text += deltas_text(d.waits, "waits", "waits", shown);
  text += deltas_text(d.cpus, "callbacks and phases, by the CPU that comes up or goes down", "CPUs",
                      shown);
  text += states_text(d, shown);
  return text + chains_text(d, shown);
}

std::string diff_json(const Difference& d) {
  DiffJson document{
      {"version", 1},
      {"same", d.same},
      {"a", side_json(d.label_a, d.kernel_a, d.total_a, d.outside_a, d.chain_a, d.boot_cpu_a)},
      {"b", side_json(d.label_b, d.kernel_b, d.total_b, d.outside_b, d.chain_b, d.boot_cpu_b)},
      {"first", first_json(d.first)},
      {"phases", deltas_json(d.phases)},
      {"steps", deltas_json(d.steps)},
      {"waits", deltas_json(d.waits)},
      {"cpus", deltas_json(d.cpus)},
      {"states", states_json(d.states)}};
  return json_text(document);
}

}  // namespace cpuhp
