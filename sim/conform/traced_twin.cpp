#include "sim/conform/traced_twin.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "sim/conform/traced_machine.hpp"
#include "sim/conform/twin.hpp"
#include "sim/error.hpp"
#include "sim/trace/brackets.hpp"
#include "sim/trace/import_costs.hpp"

namespace cpuhp {
namespace {

const PowerOn* boot_of(const Import& made) {
  for (const PowerOn& on : made.evidence.power_ons)
    if (on.design) return &on;
  return nullptr;
}

/// Returns by CPU the dates of the first and the last event of its callbacks in the boot.
std::map<CpuId, WalksSpan> spans_of(const EventStream& stream) {
  std::map<CpuId, WalksSpan> spans;
  for (const Event& e : stream.events) {
    if (e.kind == EventKind::BootDone) break;
    if (!is_enter(e) && e.kind != EventKind::Exit) continue;
    WalksSpan& span = spans.try_emplace(e.cpu, WalksSpan{e.time, e.time}).first->second;
    span.end = std::max(span.end, e.time);
  }
  return spans;
}

}  // namespace

TwinFit fit_of(const Import& made, const RunResult& run) {
  const PowerOn& on = *boot_of(made);
  const WalksSpan recorded = boot_span(on.walks);
  const std::map<CpuId, WalksSpan> spans = spans_of(run.stream);
  TwinFit fit{.recorded = recorded.end - recorded.begin};
  std::optional<WalksSpan> all;
  Ns most{};
  for (const RecordedWalk& w : on.walks) {
    const auto span = spans.find(w.cpu);
    if (!w.in_boot || !w.up() || span == spans.end()) continue;
    if (!all) all = span->second;
    all->begin = std::min(all->begin, span->second.begin);
    all->end = std::max(all->end, span->second.end);
    const Ns was = w.end - w.begin, is = span->second.end - span->second.begin;
    const Ns off = was < is ? is - was : was - is;
    if (fit.worst != kNoCpu && off <= most) continue;
    most = off;
    fit.worst = w.cpu;
    fit.worst_recorded = was;
    fit.worst_replayed = is;
  }
  if (all) fit.replayed = all->end - all->begin;
  return fit;
}

std::string twin_of_traces(Import& made, const std::string& machine, const std::string& table_path,
                           const std::string& costs_path, const std::string& why) {
  const PowerOn* const on = boot_of(made);
  if (on == nullptr)
    throw BadInput{why + "no trace with time stamps shows a boot that brings CPUs up"};
  if (!of_one_machine(made.evidence))
    throw BadInput{why + "the traces are of several machines, and a scenario has one"};
  return make_scenario(recording_of(*on, machine, made.warnings), made.state_table,
                       {.name = made.table["name"].get<std::string>(),
                        .table_path = table_path,
                        .costs_path = costs_path,
                        .design = *on->design});
}

OrderedJson twin_of_traces(Import& made, const std::string& machine, const std::string& why) {
  OrderedJson twin = OrderedJson::parse(twin_of_traces(made, machine, "", "", why));
  twin["table"] = made.table;
  twin["costs"] = *made.costs;
  for (const char* part : {"table", "costs"})
    for (const char* header : {"$schema", "version", "kind"}) twin[part].erase(header);
  return twin;
}

}  // namespace cpuhp
