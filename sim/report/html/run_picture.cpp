#include "sim/report/html/run_picture.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "sim/analysis/bystanders.hpp"
#include "sim/analysis/cpu_stages.hpp"
#include "sim/analysis/critical_chain.hpp"
#include "sim/analysis/expectations.hpp"
#include "sim/analysis/ledger.hpp"
#include "sim/analysis/traced_walks.hpp"
#include "sim/report/fault_text.hpp"
#include "sim/report/html/columns.hpp"
#include "sim/report/html/slices.hpp"
#include "sim/report/run_report.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/trace/arrows.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;
using Column = std::vector<std::int64_t>;

constexpr std::array<std::string_view, 6> kSliceWords{"step",  "phase",     "spin",
                                                      "sleep", "interrupt", "stop"};
constexpr std::array<std::string_view, 6> kSectionWords{"",         "prepare", "starting",
                                                        "teardown", "online",  ""};

/// What a picture shows: a run with its configuration, or a trace.
struct Pictured {
  const EventStream& stream;
  const StreamFacts& facts;
  std::vector<Span> operations;
  Ns origin{};  ///< time in the stream that is 0 on the page
  Ns end{};
};

Json ledger_row(const Ledger& l) {
  return {l.useful.v, l.spinning.v, l.sleeping.v, l.idle.v, l.stopped.v};
}

Json ledgers_json(const std::vector<Ledger>& ledgers) {
  Json list = Json::array();
  for (const Ledger& l : ledgers) list.push_back(ledger_row(l));
  return list;
}

/// Collects the page's texts without duplicates.
class Texts {
 public:
  int of(const std::string& text) {
    const auto [at, is_new] = numbers_.try_emplace(text, static_cast<int>(numbers_.size()));
    if (is_new) list_.push_back(text);
    return at->second;
  }
  Json json() { return std::move(list_); }

 private:
  std::map<std::string, int> numbers_;
  Json list_ = Json::array();
};

/// Returns rows of [kind, role, name, step, state's name, section, target, instance, rollback].
Json shapes_json(const Slices& s, const Pictured& p, Texts& texts) {
  Json list = Json::array();
  for (const SliceShape& shape : s.shapes) {
    Json row = Json::array({kSliceWords[static_cast<std::size_t>(shape.kind)],
                            to_string(shape.role), texts.of(p.stream.names[shape.name])});
    if (shape.kind == SliceKind::Step) {
      const StateTable* const table = p.facts.table;
      const Section section =
          table != nullptr && table->valid(shape.step) ? table->section(shape.step) : Section::None;
      row.insert(row.end(), {shape.step,
                             texts.of(shape.state != 0 ? p.stream.names[shape.state]
                                                       : p.facts.step(shape.step)),
                             kSectionWords[static_cast<std::size_t>(section)], shape.target,
                             shape.instance, shape.rollback ? 1 : 0});
    }
    list.push_back(std::move(row));
  }
  return list;
}

void add_slices(Columns& columns, const Slices& s, Ns origin) {
  Column lengths, begins, durations, shapes, cpus, depths, failed, returns, open;
  std::int64_t index = 0;
  for (CpuId on = 0; on < s.lanes.size(); ++on) {
    lengths.push_back(static_cast<std::int64_t>(s.lanes[on].size()));
    Ns last = origin;
    for (const Slice& slice : s.lanes[on]) {
      begins.push_back((slice.begin - last).v);
      durations.push_back(slice.duration.v);
      shapes.push_back(slice.shape);
      cpus.push_back(std::int64_t{slice.cpu == kNoCpu ? on : slice.cpu} - std::int64_t{on});
      depths.push_back(slice.depth);
      last = slice.begin;
      if (slice.ret != 0) {
        failed.push_back(index);
        returns.push_back(slice.ret);
      }
      if (slice.open) open.push_back(index);
      ++index;
    }
  }
  for (const Column& c : {lengths, begins, durations, shapes, cpus, depths, failed, returns, open})
    columns.add(c);
}

/// Adds the duration of each span of a CPU to `untils`, and its `kind` as a number to `words`. The
/// first span begins at `last`.
template <typename Span, typename Kind>
void add_spans(Column& untils, Column& words, const std::vector<Span>& spans, Kind Span::*kind,
               Ns last) {
  for (const Span& span : spans) {
    untils.push_back((span.until - last).v);
    words.push_back(static_cast<std::int64_t>(span.*kind));
    last = span.until;
  }
}

void add_stages(Columns& columns, const CpuStages& stages, Ns origin) {
  Column lengths, untils, words;
  for (const std::vector<StageSpan>& lane : stages.of) {
    lengths.push_back(static_cast<std::int64_t>(lane.size()));
    add_spans(untils, words, lane, &StageSpan::stage, origin);
  }
  for (const Column& c : {lengths, untils, words}) columns.add(c);
}

void add_control(Columns& columns, const std::vector<CpuSpan>& spans) {
  Column untils, words;
  add_spans(untils, words, spans, &CpuSpan::what, {});
  columns.add(untils);
  columns.add(words);
}

std::int64_t or_minus_one(CpuId cpu) { return cpu == kNoCpu ? -1 : std::int64_t{cpu}; }

void add_marks(Columns& columns, const std::vector<SliceMark>& marks, const Pictured& p,
               Texts& texts) {
  Column times, kinds, cpus, ons, names, returns, afters;
  Ns last = p.origin;
  for (const SliceMark& m : marks) {
    times.push_back((m.time - last).v);
    kinds.push_back(static_cast<std::int64_t>(m.kind));
    cpus.push_back(or_minus_one(m.cpu));
    ons.push_back(or_minus_one(m.on));
    names.push_back(texts.of(p.stream.names[m.name]));
    returns.push_back(m.ret);
    afters.push_back(static_cast<std::int64_t>(m.after));
    last = m.time;
  }
  for (const Column& c : {times, kinds, cpus, ons, names, returns, afters}) columns.add(c);
}

void add_arrows(Columns& columns, const Pictured& p, Texts& texts) {
  Column begins, ons, lengths, tos, cpus, names;
  Ns last = p.origin;
  for (const Arrow& arrow : arrows(p.stream)) {
    const Event& from = p.stream.events[arrow.from];
    const Event& to = p.stream.events[arrow.to];
    if (from.on == to.on) continue;
    begins.push_back((from.time - last).v);
    ons.push_back(or_minus_one(from.on));
    lengths.push_back((to.time - from.time).v);
    tos.push_back(or_minus_one(to.on));
    cpus.push_back(or_minus_one(from.cpu));
    names.push_back(texts.of(from.kind == EventKind::Complete ? p.stream.names[from.name] + " set"
                                                              : std::string(arrow.name)));
    last = from.time;
  }
  for (const Column& c : {begins, ons, lengths, tos, cpus, names}) columns.add(c);
}

/// Adds a critical chain. Its links have no gaps, so their durations are enough.
void add_chain(Columns& columns, const CriticalChain& chain, CpuId boot_cpu, Texts& texts) {
  Column durations, ons, cpus, kinds, whats, symbols, whys, whos, waited;
  for (const ChainLink& link : chain.links) {
    durations.push_back(link.duration.v);
    ons.push_back(or_minus_one(link.on));
    cpus.push_back(or_minus_one(link.cpu));
    kinds.push_back(texts.of(std::string(to_string(link.kind))));
    whats.push_back(texts.of(link.what));
    symbols.push_back(texts.of(link.symbol));
    whys.push_back(texts.of(link.why));
    whos.push_back(texts.of(who(link, boot_cpu)));
    waited.push_back(link.waited.v);
  }
  for (const Column& c : {durations, ons, cpus, kinds, whats, symbols, whys, whos, waited})
    columns.add(c);
}

/// Adds the critical chain of each operation.
Json add_chains(Columns& columns, const Pictured& p, Texts& texts) {
  Json list = Json::array();
  for (const CriticalChain& chain : critical_chains(p.stream, p.operations, p.facts)) {
    add_chain(columns, chain, p.facts.boot_cpu, texts);
    list.push_back({{"what", chain.span.what}, {"begin_ns", (chain.span.begin - p.origin).v}});
  }
  return list;
}

/// Returns the callbacks' return values in words.
Json returns_json(const Slices& s) {
  std::set<int> all;
  for (const std::vector<Slice>& lane : s.lanes)
    for (const Slice& slice : lane)
      if (slice.ret != 0) all.insert(slice.ret);
  for (const SliceMark& m : s.marks)
    if (m.ret != 0) all.insert(m.ret);
  Json words = Json::object();
  for (const int ret : all) words[std::to_string(ret)] = return_name(ret);
  return words;
}

/// Adds what pictures of runs and of traces have in common.
void add_picture(Json& json, const Pictured& p, const std::vector<CpuSpan>& control) {
  Slices lanes = slices(p.stream, p.end);
  std::ranges::stable_sort(lanes.marks, {}, &SliceMark::time);
  Texts texts;
  Columns columns;
  add_slices(columns, lanes, p.origin);
  add_stages(columns, cpu_stages(p.stream, p.end), p.origin);
  add_control(columns, control);
  add_marks(columns, lanes.marks, p, texts);
  add_arrows(columns, p, texts);
  json["end_ns"] = (p.end - p.origin).v;
  json["origin_ns"] = p.origin.v;
  json["chains"] = add_chains(columns, p, texts);
  json["shapes"] = shapes_json(lanes, p, texts);
  json["returns"] = returns_json(lanes);
  json["event_kinds"] = Json::array();
  for (const EventKindInfo& kind : kEventKindInfos) json["event_kinds"].push_back(kind.name);
  json["names"] = texts.json();
  json["columns"] = columns.text();
}

Json machine_json(std::string text, const Topology& topology, CpuId boot_cpu) {
  Json sockets = Json::array(), cores = Json::array(), threads = Json::array();
  for (CpuId cpu = 0; cpu < topology.nr_cpus(); ++cpu) {
    const CpuPlace& place = topology.place(cpu);
    sockets.push_back(place.socket);
    cores.push_back(place.core);
    threads.push_back(place.thread);
  }
  return {{"text", std::move(text)},
          {"boot_cpu", boot_cpu},
          {"socket", std::move(sockets)},
          {"core", std::move(cores)},
          {"thread", std::move(threads)}};
}

/// Returns what the page tells of the bystanders of each operation, by its number.
std::map<std::size_t, Json> bystanders_by_operation(const MachineConfig& config,
                                                    const RunResult& result) {
  BystandersOfRun all(config.housekeeping);
  all.take(result.stream);
  std::map<std::size_t, Json> of;
  for (const OperationToll& o : all.finish(result.end).operations) {
    if (o.bystanders.empty()) continue;
    CpuMask cpus(config.topology.nr_cpus());
    Toll most;
    for (const AlikeCpus& alike : o.bystanders) {
      for (CpuId cpu = alike.cpus.first(); cpu != kNoCpu; cpu = alike.cpus.next(cpu + 1))
        cpus.set(cpu);
      most = alike.toll;
    }
    of[o.operation] = {{"cpus", print_cpulist(cpus)},
                       {"count", cpus.weight()},
                       {"stops", most.stops},
                       {"stopped_ns", most.stopped.v},
                       {"longest_stop_ns", most.longest.v},
                       {"interrupts", most.interrupts},
                       {"interrupted_ns", most.interrupted.v}};
  }
  return of;
}

Json operations_json(const MachineConfig& config, const RunResult& result) {
  const std::map<std::size_t, Json> bystanders = bystanders_by_operation(config, result);
  Json list = Json::array();
  for (std::size_t i = 0; i < config.operations.size(); ++i) {
    if (!result.begun(i)) continue;
    Json one{{"text", operation_text(config.operations[i], config)},
             {"begin_ns", result.operations[i].begin.v}};
    if (const OpResult* const done = result.operation(i)) {
      one["end_ns"] = done->end.v;
      one["ret"] = done->ret;
      one["returned"] = return_name(done->ret);
    }
    if (const auto its = bystanders.find(i); its != bystanders.end())
      one["bystanders"] = its->second;
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace

Json run_picture(const std::string& label, const MachineConfig& config, const RunResult& r) {
  const StateTable table = effective_table(config);
  const StreamFacts facts{.steps = step_names(table, r.stream),
                          .table = &table,
                          .boot_cpu = config.boot_cpu,
                          .topology = &config.topology};
  Json json{{"label", label},
            {"trace", false},
            {"design", to_string(r.design)},
            {"seed", r.seed},
            {"outcome", r.panic          ? "panic"
                        : r.hung.empty() ? "ok"
                                         : "hang"},
            {"bringup_ns", r.bringup.v},
            {"boot_ns", r.boot.v},
            {"events", r.events},
            {"digest", r.digest},
            {"control_cpu", ledger_row(r.control_cpu)},
            {"ledgers", ledgers_json(r.ledgers)},
            {"machine", machine_json(fmt::format("{}, table {}, seed {}", machine_text(config),
                                                 config.table.name(), r.seed),
                                     config.topology, config.boot_cpu)},
            {"operations", operations_json(config, r)},
            {"faults", Json::array()}};
  for (const Fault& f : config.faults) json["faults"].push_back(fault_text(f, config));
  add_picture(json,
              {.stream = r.stream,
               .facts = facts,
               .operations = operations_of(r.stream),
               .end = std::max(r.end, r.boot)},
              r.control_cpu_time);
  return json;
}

Json trace_picture(const std::string& label, const TraceSubject& trace) {
  const StreamFacts facts = trace.facts();
  const Span span = walks_of_trace(trace.stream);
  // A trace does not show sockets and threads.
  std::vector<CpuPlace> places(trace.stream.nr_cpus);
  for (CpuId cpu = 0; cpu < places.size(); ++cpu) places[cpu].core = cpu;
  const MachineLedger ledger = trace_ledger(trace.stream, whole_trace(trace.stream));
  const Ledger control =
      trace.boot_cpu < ledger.cpus.size() ? ledger.cpus[trace.boot_cpu] : Ledger{};
  Json json{{"label", label},
            {"trace", true},
            {"design", ""},
            {"seed", 0},
            {"outcome", "ok"},
            {"bringup_ns", 0},
            {"boot_ns", 0},
            {"events", trace.stream.events.size()},
            {"control_cpu", ledger_row(control)},
            {"ledgers", ledgers_json(ledger.cpus)},
            {"machine", machine_json(fmt::format("{} CPUs, a trace{}{}", trace.stream.nr_cpus,
                                                 trace.kernel.empty() ? "" : " of ", trace.kernel),
                                     Topology(std::move(places)), trace.boot_cpu)},
            {"operations", Json::array()},
            {"faults", Json::array()}};
  const Ns last = trace.stream.events.empty() ? span.end : trace.stream.events.back().time;
  add_picture(json,
              {.stream = trace.stream,
               .facts = facts,
               .operations = {span},
               .origin = span.begin,
               .end = std::max(span.end, last)},
              {});
  return json;
}

}  // namespace cpuhp
