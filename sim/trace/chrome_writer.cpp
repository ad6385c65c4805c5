#include "sim/trace/chrome_writer.hpp"

#include <map>
#include <set>
#include <utility>

#include "sim/trace/arrows.hpp"
#include "sim/trace/brackets.hpp"
#include "sim/trace/quoted_names.hpp"

namespace cpuhp {
namespace {

/// Returns a time in microseconds with three decimals.
std::string stamp(Ns date) {
  const std::int64_t v = date.v;
  return fmt::format("{}{}.{:03}", v < 0 ? "-" : "", (v < 0 ? -v : v) / 1000,
                     (v < 0 ? -v : v) % 1000);
}

/// The row of a task in the trace viewer. Several kworkers may run on one CPU, one for each CPU
/// that goes up or down, and several readers. Each of them has its own row.
struct Lane {
  std::uint32_t pid = 0;
  std::uint32_t tid = 0;
  auto operator<=>(const Lane&) const = default;
};

/// Process ids in the trace viewer: 0 is the machine with its counters, N + 1 is CPU N.
constexpr std::uint32_t kMachine = 0;
constexpr std::uint32_t kFirstWorker = 100, kFirstReader = kFirstWorker + kMaxCpus;

Lane lane_of(const Event& e) {
  if (e.role == Role::Worker) return {e.on + 1, kFirstWorker + e.cpu};
  if (e.role == Role::Reader) return {e.on + 1, kFirstReader + e.instance};
  return {e.on + 1, static_cast<std::uint32_t>(e.role) + 1};
}

/// Names of the rows by Role, in which {} stands for the CPU.
constexpr std::string_view kLaneNames[] = {"control",    "start-up, interrupts off",
                                           "cpuhp/{}",   "migration/{}",
                                           "idle",       "kworker",
                                           "interrupts", "other tasks",
                                           "other",      "reader"};
static_assert(std::size(kLaneNames) == kRoles);

std::string lane_name(const Lane& lane) {
  const CpuId on = lane.pid - 1;
  if (lane.tid >= kFirstReader) return fmt::format("reader {}", lane.tid - kFirstReader);
  if (lane.tid >= kFirstWorker)
    return fmt::format("kworker/{} for CPU {}", on, lane.tid - kFirstWorker);
  return fmt::format(fmt::runtime(kLaneNames[lane.tid - 1]), on);
}

/// For each event, the numbers (from 1) of the arrow that begins there and of the one that ends
/// there. 0 means no arrow.
struct ArrowEnds {
  explicit ArrowEnds(const EventStream& stream)
      : arrows(cpuhp::arrows(stream)), from(stream.events.size()), to(stream.events.size()) {
    for (std::size_t i = 0; i < arrows.size(); ++i)
      from[arrows[i].from] = to[arrows[i].to] = static_cast<std::uint32_t>(i + 1);
  }
  std::vector<Arrow> arrows;
  std::vector<std::uint32_t> from, to;
};

class ChromeWriter : BlockWriter {
 public:
  ChromeWriter(std::ostream& out, const ChromeInput& input)
      : BlockWriter(out),
        in_(input),
        names_(json_quoted_names(input.stream.names)),
        arrows_(input.stream) {}

  void write() {
    add("{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"version\":\"1\",\"scenario\":{},"
        "\"design\":{},\"seed\":\"{}\",\"digest\":{}}},\"traceEvents\":[\n",
        json_quoted(in_.header.scenario), json_quoted(in_.header.design), in_.header.seed,
        json_quoted(in_.header.digest));
    add("{{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":{},\"args\":{{\"name\":\"machine\"}}}}",
        kMachine);
    write_lanes();
    for (std::size_t i = 0; i < in_.stream.events.size(); ++i) write_event(i);
    close_everything();
    write_control_cpu();
    add("\n]}}\n");
  }

 private:
  struct OpenSlice {
    EventKind kind;
    NameId name;
  };

  /// Writes the names of the rows, ordered by CPU.
  void write_lanes() {
    std::set<Lane> lanes;
    for (const Event& e : in_.stream.events) {
      lanes.insert(lane_of(e));
      if (e.kind == EventKind::Move) lanes.insert(lane_of(moved(e)));
    }
    std::uint32_t named = kMachine;
    for (const Lane& lane : lanes) {
      if (lane.pid != named)
        add(",\n{{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":{0},\"args\":{{\"name\":\"CPU {1}"
            "{2}\"}}}},\n{{\"ph\":\"M\",\"name\":\"process_sort_index\",\"pid\":{0},\"args\":"
            "{{\"sort_index\":{0}}}}}",
            lane.pid, lane.pid - 1, lane.pid - 1 == in_.boot_cpu ? " (control)" : "");
      named = lane.pid;
      add(",\n{{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":{},\"tid\":{},\"args\":{{\"name\":"
          "\"{}\"}}}}",
          lane.pid, lane.tid, lane_name(lane));
    }
  }

  void head(std::string_view ph, const Lane& lane, Ns date) {
    add(",\n{{\"ph\":\"{}\",\"pid\":{},\"tid\":{},\"ts\":{}", ph, lane.pid, lane.tid, stamp(date));
  }

  void write_event(std::size_t i) {
    const Event& e = in_.stream.events[i];
    const Lane lane = lane_of(e);
    std::vector<OpenSlice>& open = open_[lane];
    last_ = e.time;
    if (e.kind == EventKind::Alive && open.empty()) start_up(lane, open, e);
    if (begins(e.kind)) begin(lane, open, e);
    const bool bare = open.empty() && (arrows_.to[i] != 0 || arrows_.from[i] != 0);
    // An arrow must begin and end in a slice. So if none is open, the event gets one of length 0.
    if (bare) slice(lane, e, json_quoted(to_string(e.kind)));
    if (arrows_.to[i] != 0) arrow("f", lane, e.time, arrows_.to[i]);
    if (const auto opener = opener_of(e.kind)) {
      close(lane, open, *opener, e);
    } else if (e.kind == EventKind::Interrupt) {
      head("X", lane, e.time);
      add(",\"dur\":{},\"name\":{}}}", stamp(handler_of(e)), names_[e.name]);
    } else if (!begins(e.kind)) {
      mark(lane, e);
    }
    if (arrows_.from[i] != 0) arrow("s", lane, e.time, arrows_.from[i]);
    if (bare) end_slice(lane, e.time);
    if (e.kind == EventKind::Move) move(lane_of(left(e)), lane_of(moved(e)), e);
    if (e.kind == EventKind::MaskSet || e.kind == EventKind::MaskClear) count_online(e);
    if (e.kind == EventKind::Available) started(lane, open, e);
  }

  void begin(const Lane& lane, std::vector<OpenSlice>& open, const Event& e) {
    open.push_back({as_opener(e.kind), e.name});
    if (e.kind == EventKind::StopBegin) return slice(lane, e, "\"stop_machine\"");
    if (e.kind != EventKind::WaitBegin && !is_enter(e)) return slice(lane, e, names_[e.name]);
    head("B", lane, e.time);
    if (is_enter(e))
      add(",\"name\":{},\"args\":{{\"cpu\":{},\"step\":{},\"target\":{},\"instance\":{}}}}}",
          names_[e.name], e.cpu, e.step, e.value, e.instance);
    else
      add(",\"name\":\"wait\",\"args\":{{\"for\":{},\"cpu\":{},\"spinning\":{}}}}}", names_[e.name],
          e.cpu, e.value != 0);
  }

  /// Begins a slice. `name` is a JSON string with quotes.
  void slice(const Lane& lane, const Event& e, std::string_view name) {
    head("B", lane, e.time);
    add(",\"name\":{},\"args\":{{\"cpu\":{}}}}}", name, e.cpu);
  }

  /// Ends the innermost open slice. If `e` ends another slice or none, writes an instant event
  /// instead, because slices must stay nested.
  void close(const Lane& lane, std::vector<OpenSlice>& open, EventKind opener, const Event& e) {
    if (open.empty() || open.back().kind != opener) return mark(lane, e);
    open.pop_back();
    head("E", lane, e.time);
    if (e.ret != 0)
      add(",\"args\":{{\"ret\":{}}}}}", e.ret);
    else
      add("}}");
  }

  void mark(const Lane& lane, const Event& e) {
    head("i", lane, e.time);
    const std::string name =
        e.name == 0 ? '"' + std::string(to_string(e.kind)) + '"'
                    : json_quoted(std::string(to_string(e.kind)) + ": " + in_.stream.names[e.name]);
    add(",\"s\":\"t\",\"name\":{},\"args\":{{\"cpu\":{},\"ret\":{}}}}}", name, e.cpu, e.ret);
  }

  /// Returns a task's move to another CPU with the old CPU as the place of the event.
  static Event left(Event e) {
    e.on = e.cpu;
    return e;
  }

  /// Returns a task's move to another CPU with the new CPU as the place of the event.
  static Event moved(Event e) {
    e.on = static_cast<CpuId>(e.ret);
    return e;
  }

  /// Moves a task's open slices to another row: ends them in the old one, and begins them in the
  /// new.
  void move(const Lane& from, const Lane& to, const Event& e) {
    const std::vector<OpenSlice> open = std::exchange(open_[from], {});
    for (std::size_t i = 0; i < open.size(); ++i) end_slice(from, e.time);
    for (const OpenSlice& o : open) {
      open_[to].push_back(o);
      slice(to, e, names_[o.name]);
    }
  }

  /// Opens a slice for an AP's start-up, in which arrows from and to the AP can begin and end.
  void start_up(const Lane& lane, std::vector<OpenSlice>& open, const Event& e) {
    open.push_back({EventKind::Alive, 0});
    slice(lane, e, "\"start-up\"");
  }

  void started(const Lane& lane, std::vector<OpenSlice>& open, const Event& e) {
    if (open.empty() || open.back().kind != EventKind::Alive) return;
    open.pop_back();
    end_slice(lane, e.time);
  }

  void end_slice(const Lane& lane, Ns date) {
    head("E", lane, date);
    add("}}");
  }

  void arrow(std::string_view ph, const Lane& lane, Ns date, std::uint32_t id) {
    head(ph, lane, date);
    add(",\"cat\":\"cpuhp\",\"name\":\"{}\",\"id\":{}{}}}", arrows_.arrows[id - 1].name, id,
        ph == "f" ? ",\"bp\":\"e\"" : "");
  }

  void count_online(const Event& e) {
    if (in_.stream.names[e.name] != "online") return;
    online_ += e.kind == EventKind::MaskSet ? 1 : -1;
    head("C", {kMachine, 0}, e.time);
    add(",\"name\":\"CPUs online\",\"args\":{{\"CPUs\":{}}}}}", online_);
  }

  /// Ends all open slices. Their ends are missing in the stream, for example because a task hangs.
  void close_everything() {
    for (auto& [lane, open] : open_)
      for (; !open.empty(); open.pop_back()) {
        head("E", lane, last_);
        add(",\"args\":{{\"unfinished\":true}}}}");
      }
  }

  void write_control_cpu() {
    Ns from{};
    for (const CpuSpan& span : in_.control_cpu_time) {
      head("C", {kMachine, 0}, from);
      const auto is = [&](CpuTime what) { return span.what == what ? 1 : 0; };
      add(",\"name\":\"control CPU\",\"args\":{{\"useful\":{},\"spinning\":{},\"sleeping\":{},"
          "\"idle\":{}}}}}",
          is(CpuTime::Useful), is(CpuTime::Spinning) + is(CpuTime::Stopped), is(CpuTime::Sleeping),
          is(CpuTime::Idle));
      from = span.until;
    }
  }

  const ChromeInput& in_;
  std::vector<std::string> names_;
  ArrowEnds arrows_;
  std::map<Lane, std::vector<OpenSlice>> open_;
  Ns last_{};
  int online_ = 0;
};

}  // namespace

void write_chrome(std::ostream& out, const ChromeInput& input) { ChromeWriter(out, input).write(); }

}  // namespace cpuhp
