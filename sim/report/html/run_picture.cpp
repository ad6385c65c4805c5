#include "sim/report/html/run_picture.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "sim/analysis/cpu_stages.hpp"
#include "sim/report/fault_text.hpp"
#include "sim/report/html/columns.hpp"
#include "sim/report/html/slices.hpp"
#include "sim/report/run_report.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;
using Column = std::vector<std::int64_t>;

constexpr std::array<std::string_view, 6> kSliceWords{"step",  "phase",     "spin",
                                                      "sleep", "interrupt", "stop"};
constexpr std::array<std::string_view, 6> kSectionWords{"",         "prepare", "starting",
                                                        "teardown", "online",  ""};

Json ledger_row(const Ledger& l) {
  return {l.useful.v, l.spinning.v, l.sleeping.v, l.idle.v, l.stopped.v};
}

/// The names that the page shows, each once.
class NameTable {
 public:
  explicit NameTable(const Names& names) : names_(names), numbers_(names.size(), -1) {}
  int of(NameId id) {
    int& n = numbers_[id];
    if (n < 0) {
      n = static_cast<int>(list_.size());
      list_.push_back(names_[id]);
    }
    return n;
  }
  int of(const std::string& text) {
    list_.push_back(text);
    return static_cast<int>(list_.size()) - 1;
  }
  Json json() { return std::move(list_); }

 private:
  const Names& names_;
  std::vector<int> numbers_;
  Json list_ = Json::array();
};

const State* state_of(const MachineConfig& config, StateId step) {
  return config.table.valid(step) ? &config.table.at(step) : nullptr;
}

/// [kind, role, name, step, state's name, section, target, instance, rollback]
Json shapes_json(const Slices& s, const MachineConfig& config, NameTable& names) {
  Json list = Json::array();
  for (const SliceShape& shape : s.shapes) {
    const State* const state = state_of(config, shape.step);
    const Section section = state == nullptr ? Section::None : state->section;
    Json row{kSliceWords[static_cast<std::size_t>(shape.kind)], to_string(shape.role),
             names.of(shape.name)};
    if (shape.kind == SliceKind::Step) {
      row.push_back(shape.step);
      row.push_back(shape.state != 0   ? names.of(shape.state)
                    : state != nullptr ? names.of(state->name)
                                       : names.of(NameId{0}));
      row.push_back(kSectionWords[static_cast<std::size_t>(section)]);
      row.push_back(shape.target);
      row.push_back(shape.instance);
      row.push_back(shape.rollback ? 1 : 0);
    }
    list.push_back(std::move(row));
  }
  return list;
}

void add_slices(Columns& columns, const Slices& s) {
  Column lengths, begins, durations, shapes, cpus, depths, failed, returns, open;
  std::int64_t index = 0;
  for (CpuId on = 0; on < s.lanes.size(); ++on) {
    lengths.push_back(static_cast<std::int64_t>(s.lanes[on].size()));
    Ns last{};
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

void add_stages(Columns& columns, const CpuStages& stages) {
  Column lengths, untils, words;
  for (const std::vector<StageSpan>& lane : stages.of) {
    lengths.push_back(static_cast<std::int64_t>(lane.size()));
    Ns last{};
    for (const StageSpan& span : lane) {
      untils.push_back((span.until - last).v);
      words.push_back(static_cast<std::int64_t>(span.stage));
      last = span.until;
    }
  }
  for (const Column& c : {lengths, untils, words}) columns.add(c);
}

void add_control(Columns& columns, const std::vector<CpuSpan>& spans) {
  Column untils, words;
  Ns last{};
  for (const CpuSpan& span : spans) {
    untils.push_back((span.until - last).v);
    words.push_back(static_cast<std::int64_t>(span.what));
    last = span.until;
  }
  columns.add(untils);
  columns.add(words);
}

void add_marks(Columns& columns, const std::vector<SliceMark>& marks, NameTable& names) {
  Column times, kinds, cpus, ons, texts, returns;
  Ns last{};
  for (const SliceMark& m : marks) {
    times.push_back((m.time - last).v);
    kinds.push_back(static_cast<std::int64_t>(m.kind));
    cpus.push_back(m.cpu == kNoCpu ? -1 : std::int64_t{m.cpu});
    ons.push_back(m.on == kNoCpu ? -1 : std::int64_t{m.on});
    texts.push_back(names.of(m.name));
    returns.push_back(m.ret);
    last = m.time;
  }
  for (const Column& c : {times, kinds, cpus, ons, texts, returns}) columns.add(c);
}

Json operations_json(const PicturedRun& run) {
  Json list = Json::array();
  const auto& asked = run.config.operations;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (!run.result.begun(i)) continue;
    Json one{{"text", operation_text(asked[i], run.config)},
             {"begin_ns", run.result.operations[i].begin.v}};
    if (const OpResult* const done = run.result.operation(i)) {
      one["end_ns"] = done->end.v;
      one["ret"] = done->ret;
      one["returned"] = return_name(done->ret);
    }
    list.push_back(std::move(one));
  }
  return list;
}

Json machine_json(const MachineConfig& config) {
  Json sockets = Json::array(), cores = Json::array(), threads = Json::array();
  for (CpuId cpu = 0; cpu < config.topology.nr_cpus(); ++cpu) {
    const CpuPlace& place = config.topology.place(cpu);
    sockets.push_back(place.socket);
    cores.push_back(place.core);
    threads.push_back(place.thread);
  }
  return {{"text", machine_text(config)},
          {"table", config.table.name()},
          {"boot_cpu", config.boot_cpu},
          {"socket", sockets},
          {"core", cores},
          {"thread", threads}};
}

Json ledgers_json(const RunResult& r) {
  Json list = Json::array();
  for (const Ledger& l : r.ledgers) list.push_back(ledger_row(l));
  return list;
}

/// What callbacks returned, in words.
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

Json faults_json(const MachineConfig& config) {
  Json list = Json::array();
  for (const Fault& f : config.faults) list.push_back(fault_text(f, config));
  return list;
}

}  // namespace

Json run_picture(const PicturedRun& run) {
  const RunResult& r = run.result;
  const Ns shown = std::max(r.end, r.boot);
  const Slices lanes = slices(r.stream, shown);
  NameTable names(r.stream.names);
  Columns columns;
  add_slices(columns, lanes);
  add_stages(columns, cpu_stages(r.stream, shown));
  add_control(columns, r.control_cpu_time);
  std::vector<SliceMark> marks = lanes.marks;
  std::stable_sort(marks.begin(), marks.end(),
                   [](const SliceMark& a, const SliceMark& b) { return a.time < b.time; });
  add_marks(columns, marks, names);
  Json kinds = Json::array();
  for (std::size_t k = 0; k < kEventKinds; ++k) kinds.push_back(to_string(EventKind(k)));
  return {{"label", run.label},
          {"design", to_string(r.design)},
          {"seed", r.seed},
          {"outcome", r.panic          ? "panic"
                      : r.hung.empty() ? "ok"
                                       : "hang"},
          {"end_ns", shown.v},
          {"bringup_ns", r.bringup.v},
          {"boot_ns", r.boot.v},
          {"events", r.events},
          {"digest", r.digest},
          {"control_cpu", ledger_row(r.control_cpu)},
          {"ledgers", ledgers_json(r)},
          {"machine", machine_json(run.config)},
          {"operations", operations_json(run)},
          {"faults", faults_json(run.config)},
          {"event_kinds", kinds},
          {"returns", returns_json(lanes)},
          {"shapes", shapes_json(lanes, run.config, names)},
          {"chain", Json::array()},
          {"names", names.json()},
          {"columns", columns.text()}};
}

}  // namespace cpuhp
