#include "sim/trace/bringup_evidence.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "sim/trace/brackets.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

/// Returns why a callback of cpu:bringup ran. The CPU's state at the Exit does not show this,
/// because the callback may have taken the CPU through many states. So the callback's name decides,
/// or, for an unknown name, the target.
CalledFor way_of_bringup(const Event& enter, std::string_view symbol) {
  const bool up = symbol == "bringup_cpu" || symbol == "cpuhp_bringup_ap";
  if (up || symbol == "finish_cpu") return up ? CalledFor::Up : CalledFor::Down;
  return enter.value >= enter.step ? CalledFor::Up : CalledFor::Down;
}

/// Returns the part of the AP's start-up that ends when the kernel logs this line; no value: none.
std::optional<StartPart> part_ended_by(std::string_view text, CpuId cpu) {
  const std::string n = std::to_string(cpu);
  if (has(text, "Booting Node") && has(text, " Processor " + n + " ")) return StartPart::Kick;
  // arm64 prints this right before it sets the CPU's online bit.
  if (has(text, "CPU" + n + ": Booted secondary processor")) return StartPart::CpuInit;
  if (has(text, "microcode:") && has(text, "CPU" + n + ":")) return StartPart::Alive;
  if (has(text, "TSC synchronization [CPU#") && has(text, "-> CPU#" + n + "]"))
    return StartPart::CpuInit;
  if (has(text, "TSC warp between CPUs")) return StartPart::TscSync;
  return std::nullopt;
}

bool is_boot_task(const TraceSource& source) { return source.pid == 0 || source.pid == 1; }

/// Makes walks of a trace's events: first of those of the control tasks, then of those of the
/// hotplug threads, which the stamps put into the control tasks' brackets.
class WalkReader {
 public:
  WalkReader(const Ftrace& trace, const StateList& states, bool boot)
      : trace_(trace), events_(trace.stream.events), states_(states), boot_(boot) {
    pairs_ = match_pairs(trace);
    walk_of_.assign(events_.size(), kNone);
    before_.assign(events_.size(), kNone);
    std::map<std::int32_t, std::size_t> last;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const auto [found, first] = last.try_emplace(trace.sources[i].pid, i);
      if (!first) before_[i] = std::exchange(found->second, i);
    }
  }

  std::vector<RecordedWalk> read() {
    each_call([this](std::size_t i, CalledFor way) {
      if (events_[i].role != Role::CpuhpThread) control(i, way == CalledFor::Up);
    });
    each_call([this](std::size_t i, CalledFor way) {
      if (events_[i].role == Role::CpuhpThread) in_thread(i, way == CalledFor::Up);
    });
    for (const Bracket& b : brackets_) close(b);
    return std::move(walks_);
  }

 private:
  static constexpr std::size_t kNone = kNoPair;

  /// What encloses the work of a CPU's thread: cpu:bringup, or cpuhp_kick_ap_work.
  struct Bracket {
    std::size_t walk, enter, exit;
    std::size_t first = kNone, last = kNone;  ///< the thread's first Enter and last Exit
    bool up = true;
  };

  template <typename F>
  void each_call(F f) {
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (!is_enter(events_[i]) || pairs_[i] == kNone) continue;
      const CalledFor way = way_of(trace_, states_, i, pairs_[i]);
      if (way != CalledFor::Installed) f(i, way);
    }
  }

  Ns time(std::size_t event) const { return events_[event].time; }

  /// Returns the task's event before this one, if it belongs to the same walk.
  std::size_t before_in(std::size_t event, std::size_t walk) const {
    const std::size_t before = before_[event];
    return before != kNone && walk_of_[before] == walk ? before : kNone;
  }

  /// A callback costs what passes since the task's event before it.
  Ns took(std::size_t enter, std::size_t walk) const {
    const std::size_t before = before_in(enter, walk);
    return time(pairs_[enter]) - time(before == kNone ? enter : before);
  }

  /// Returns the CPU's walk to which this call of the control task belongs.
  std::size_t walk_for(std::size_t enter, bool up, bool kick_work) {
    const Event& e = events_[enter];
    if (const auto found = walks_on_.find(e.cpu); found != walks_on_.end()) {
      const std::size_t last = found->second.back();
      const RecordedWalk& w = walks_[last];
      const bool again =
          up && w.up() &&
          (over_.contains(last) || (!w.calls.empty() && w.calls.front().state == e.step &&
                                    e.kind != EventKind::MultiEnter));
      const bool goes_on = up == w.up() && !kick_work;
      // After an error the CPU goes back.
      if (!again && (goes_on || w.ret != 0)) return last;
    }
    RecordedWalk w{.cpu = e.cpu, .way = up ? Direction::Up : Direction::Down, .in_boot = boot_};
    w.in_boot = boot_ && is_boot_task(trace_.sources[enter]);
    w.from_offline = up && !kick_work && e.step < states_.bringup;
    w.file = trace_.file;
    w.line = trace_.sources[enter].line;
    w.task = trace_.stream.names[trace_.sources[enter].comm];
    w.begin = w.kicked = w.released = time(enter);
    if (const std::size_t before = before_[enter];
        up && w.in_boot && before != kNone && walk_of_[before] != kNone)
      w.before = w.begin - time(before);
    if (up && e.value == states_.kick_ap) w.design = Design::Parallel;
    walks_.push_back(std::move(w));
    walks_on_[e.cpu].push_back(walks_.size() - 1);
    return walks_.size() - 1;
  }

  void control(std::size_t enter, bool up) {
    const Event& e = events_[enter];
    const std::size_t exit = pairs_[enter];
    const bool kick_work = trace_.stream.names[e.name] == kKickWork;
    if (kick_work) up = e.value > e.step;
    const std::size_t at = walk_for(enter, up, kick_work);
    if (e.step == states_.bringup && up) end_of_wait(enter, at);
    RecordedWalk& w = walks_[at];
    const Ns length = took(enter, at);
    w.end = std::max(w.end, time(exit));
    if (w.ret == 0) w.ret = events_[exit].ret;
    walk_of_[enter] = walk_of_[exit] = at;
    if (kick_work || (e.step == states_.bringup && up)) {
      brackets_.push_back({.walk = at, .enter = enter, .exit = exit, .up = up});
      brackets_on_[e.cpu].push_back(brackets_.size() - 1);
      if (up) over_.insert(at);
    } else if (e.step == states_.kick_ap && up) {
      w.kick = length;
      w.kicked = w.released = time(exit);
      last_kick_ = at;
    } else if (e.step == states_.teardown()) {
      w.takedown = length;
    } else if (up && e.step > states_.bringup) {
      // The control CPU itself goes through the ONLINE section.
      w.design = Design::Notifier;
      call(w, enter, w.started ? length : time(exit) - time(enter));
      if (!w.started) w.started = time(enter) - w.kicked;
      w.section = time(exit) - w.kicked - *w.started;
    } else {
      call(w, enter, length);
      (up ? w.prepare : w.dead) += length;
      if (up) w.kicked = w.released = time(exit);
    }
  }

  /// A CPU waits for its cpu:bringup while others are kicked, or brought up. What the control CPU
  /// does between two of these belongs to the one before.
  void end_of_wait(std::size_t enter, std::size_t at) {
    RecordedWalk& w = walks_[at];
    const std::size_t before = before_[enter];
    if (!w.design) w.design = Design::Symmetric;
    if (before == kNone || walk_of_[before] == kNone || walk_of_[before] == at) return;
    w.waited = time(enter) - w.kicked;
    w.released = time(enter);
    RecordedWalk& other = walks_[walk_of_[before]];
    const Ns gap = time(enter) - time(before);
    (walk_of_[before] == last_kick_ && !over_.contains(last_kick_) ? other.kick : other.after) +=
        gap;
  }

  void call(RecordedWalk& w, std::size_t enter, Ns length) {
    const Event& e = events_[enter];
    const std::size_t exit = pairs_[enter];
    const CalledFor way = way_of(trace_, states_, enter, exit);
    const Direction direction = way == CalledFor::Up ? Direction::Up : Direction::Down;
    const auto same = std::ranges::count_if(
        w.calls, [&](const WalkCall& c) { return c.state == e.step && c.way == direction; });
    w.calls.push_back({.state = e.step,
                       .way = direction,
                       .nth = static_cast<std::uint16_t>(same),
                       .multi = e.kind == EventKind::MultiEnter,
                       .in_thread = e.role == Role::CpuhpThread,
                       .ret = events_[exit].ret,
                       .took = length});
  }

  /// Returns the bracket around a thread's callback, or the nearest one, because the stamps of two
  /// CPUs may be at odds. nullptr: no task waits for this CPU.
  Bracket* bracket_of(std::size_t enter) {
    const Event& e = events_[enter];
    Bracket* nearest = nullptr;
    for (const std::size_t i : brackets_on_[e.cpu]) {
      Bracket& b = brackets_[i];
      if (nearest == nullptr || distance(b, e.time) < distance(*nearest, e.time)) nearest = &b;
    }
    return nearest;
  }

  Ns distance(const Bracket& b, Ns to) const {
    return std::max({time(b.enter) - to, to - time(b.exit), Ns{}});
  }

  void in_thread(std::size_t enter, bool up) {
    const Event& e = events_[enter];
    const std::size_t exit = pairs_[enter];
    if (Bracket* const b = bracket_of(enter)) {
      const bool goes_on = b->last != kNone && b->last == before_[enter];
      call(walks_[b->walk], enter, time(exit) - time(goes_on ? before_[enter] : enter));
      // After an error of the control CPU the thread goes back, and no bracket shows that.
      if (up != b->up && distance(*b, e.time) > Ns{}) return;
      if (distance(*b, e.time) > 10_ms)
        refuse(trace_.file, trace_.sources[enter].line,
               "CPU " + std::to_string(e.cpu) +
                   " runs a callback here, but no task waits for it at this time: the clocks of "
                   "the CPUs disagree, expected a trace with trace_clock=global");
      if (b->first == kNone) b->first = enter;
      b->last = exit;
      return;
    }
    // No task waits for this CPU: it brings itself up.
    if (!up) return;
    for (const std::size_t i : walks_on_[e.cpu]) {
      RecordedWalk& w = walks_[i];
      if (!w.up() || w.kicked > e.time || (w.started && w.end != time(before_[enter]))) continue;
      const bool first = !w.started;
      if (first) w.started = e.time - w.kicked;
      w.design = Design::Async;
      call(w, enter, time(exit) - time(first ? enter : before_[enter]));
      w.section = time(exit) - w.kicked - *w.started;
      w.end = std::max(w.end, time(exit));
      return;
    }
  }

  /// Takes the times of a CPU's thread within its bracket. A thread whose stamps leave the bracket
  /// had another clock; its bracket counts.
  void close(const Bracket& b) {
    RecordedWalk& w = walks_[b.walk];
    const Ns enter = time(b.enter), exit = time(b.exit);
    const bool ok = events_[b.exit].ret == 0;
    const bool bringup = b.up && events_[b.enter].step == states_.bringup;
    if (b.first == kNone) {
      // A sibling that was only initialised comes to its idle loop, and goes down again.
      w.idle = bringup && !ok && events_[b.exit].value > states_.bringup;
      if (w.idle) w.started = exit - w.released;
      return;
    }
    const Ns first = std::clamp(time(b.first), enter, exit);
    const Ns last = std::clamp(time(b.last), first, exit);
    if (bringup)
      w.started = first - w.released;
    else
      w.woken = first - enter;
    w.section += last - first;
    w.done += exit - last;
    w.still = w.still || (last == first && w.calls.size() > 2);
  }

  const Ftrace& trace_;
  const std::vector<Event>& events_;
  const StateList& states_;
  const bool boot_;
  std::vector<std::size_t> pairs_;
  std::vector<std::size_t> before_;   ///< the task's event before each event
  std::vector<std::size_t> walk_of_;  ///< the walk of each event of a control task
  std::vector<RecordedWalk> walks_;
  std::vector<Bracket> brackets_;
  std::map<CpuId, std::vector<std::size_t>> walks_on_, brackets_on_;  ///< by CPU
  std::set<std::size_t> over_;     ///< bring-ups whose bracket around the AP's thread is over
  std::size_t last_kick_ = kNone;  ///< the walk with the last kick
};

}  // namespace

CalledFor way_of(const Ftrace& trace, const StateList& states, std::size_t enter,
                 std::size_t exit) {
  const Event &begin = trace.stream.events[enter], &end = trace.stream.events[exit];
  const std::string& symbol = trace.stream.names[begin.name];
  if (symbol == kKickWork) return begin.value > begin.step ? CalledFor::Up : CalledFor::Down;
  if (begin.step == states.bringup) return way_of_bringup(begin, symbol);
  if (begin.step == states.teardown() || end.value == begin.step - 1) return CalledFor::Down;
  if (end.value > begin.step) return CalledFor::Installed;
  // Before 5.13, the exit may show the same state for both directions. So the target decides.
  return begin.value >= begin.step ? CalledFor::Up : CalledFor::Down;
}

std::vector<RecordedWalk> walks_of(const Ftrace& trace, const StateList& states, bool boot) {
  // The function tracer slows everything down.
  if (trace.counter || !trace.functions.empty()) return {};
  return WalkReader(trace, states, boot).read();
}

bool is_about_a_start(std::string_view text) {
  return has(text, "Booting Node") || has(text, "Booted secondary processor") ||
         has(text, "TSC synchronization [CPU#");
}

bool split_by_log(RecordedWalk& walk, const std::vector<KernelLine>& log) {
  if (!walk.started) return false;
  const Ns until = walk.released + *walk.started;
  std::vector<const KernelLine*> lines;
  for (const KernelLine& l : log)
    if (l.time >= walk.kicked && l.time <= until) lines.push_back(&l);
  std::ranges::stable_sort(lines, {}, &KernelLine::time);
  Ns from = walk.kicked;
  for (const KernelLine* l : lines) {
    const auto part = part_ended_by(l->text, walk.cpu);
    if (!part) continue;
    auto& length = walk.logged[static_cast<std::size_t>(*part)];
    length = length.value_or(Ns{}) + (l->time - from);
    from = l->time;
  }
  return from != walk.kicked;
}

std::optional<Design> design_of(const std::vector<RecordedWalk>& walks) {
  for (const Design design : {Design::Parallel, Design::Async, Design::Notifier, Design::Symmetric})
    for (const RecordedWalk& w : walks)
      if (w.in_boot && w.design == design) return design;
  return std::nullopt;
}

WalksSpan boot_span(const std::vector<RecordedWalk>& walks) {
  std::optional<WalksSpan> span;
  for (const RecordedWalk& w : walks) {
    if (!w.in_boot) continue;
    if (!span) span = {w.begin, w.end};
    span->begin = std::min(span->begin, w.begin);
    span->end = std::max(span->end, w.end);
  }
  return span.value_or(WalksSpan{});
}

}  // namespace cpuhp
