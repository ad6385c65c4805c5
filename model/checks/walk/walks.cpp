#include "model/checks/walk/walks.hpp"

#include <algorithm>
#include <utility>

#include "model/checks/outline.hpp"
#include "model/checks/walk/date.hpp"
#include "model/checks/walk/directions.hpp"
#include "model/checks/walk/open_steps.hpp"
#include "model/checks/walk/walk_findings.hpp"
#include "model/checks/watch/kinds.hpp"
#include "model/operation.hpp"

namespace cpuhp {
namespace {

constexpr Sentence kOneWalk{"I25", "{} is entered before a step of another CPU has exited"};
constexpr Sentence kNoExitBeforeEnter{"I3",
                                      "{} is entered, but it does not exit before {} is entered"};
constexpr Sentence kNoExitBeforeExit{"I3",
                                     "{} is entered, but it does not exit before the exit of {}"};
constexpr Sentence kNoExit{"I3", "{} is entered, but it never exits"};
constexpr Sentence kNoEnter{"I3", "{} exits, but it was not entered"};

class Reader {
 public:
  Reader(const Outline& outline, const EventStream& stream, const Judged& judged, bool ends,
         ReadSoFar so_far)
      : items_(outline.items()),
        stream_(stream),
        fail_(stream.names.find("fail")),
        state_mutex_(stream.names.find("cpuhp_state_mutex")),
        hotplug_lock_(stream.names.find("cpu_hotplug_lock")),
        judged_(judged),
        at_(judged.table.anchors()),
        walks_{outline, stream, judged, ends, names_in(outline, stream, judged)},
        directions_(judged, walks_.names),
        date_(stream, judged, directions_),
        open_(stream.nr_cpus, walks_.steps),
        so_far_(std::move(so_far)),
        findings_(walks_) {
    so_far_.last.resize(stream.nr_cpus);
    walks_.entered = std::exchange(so_far_.entered, {});
    for (const Step& step : std::exchange(so_far_.open, {})) open_.push(add(step));
    head_ = judged.traced_only && (judged.marks.empty() || judged.marks[0].before != 0 ||
                                   judged.marks[0].kind == Mark::Kind::Gap);
  }

  Walks run() {
    walks_.steps.reserve(items_.size() / 2);
    walks_.tokens.reserve(walks_.steps.capacity() + walks_.steps.capacity() / 8);
    std::size_t begin = 0;
    // A stream with marks (facts without an event) has no stretches (sequences of callbacks that
    // are one item).
    for (const Mark& mark : judged_.marks) {
      const std::size_t end = std::min(mark.before, items_.size());
      if (begin < end) read(begin, end);
      begin = std::max(begin, end);
      index_ = std::min(static_cast<std::uint32_t>(begin), last());
      pass(mark);
    }
    read(begin, items_.size());
    index_ = last();
    if (walks_.is_complete()) close_all(true);
    if (open_.total() > 0) still_open();
    walks_.findings = findings_.take();
    return std::move(walks_);
  }
  ReadSoFar so_far() { return std::move(so_far_); }

  // --- events beside callbacks

  void see(On<EventKind::Injected>, const Event& e) {
    // Only a fault by hotplug/fail gets a token: it replaces a callback, which then has no event.
    // Other faults show by their effects on later events.
    if (e.step >= 0 && (judged_.traced_only || e.name == fail_))
      token(Token::Kind::Injected, e.cpu, e.step);
  }
  void see(On<EventKind::MaskSet>, const Event& e) {
    // The boot CPU is online before the first operation begins.
    if (!so_far_.begun && stream_.names[e.name] == "online")
      token(Token::Kind::Rest, e.cpu, at_.online);
  }
  void see(OnLock, const Event& e) {
    // A registration holds cpuhp_state_mutex while it calls callbacks, and never runs during a
    // walk.
    if (e.name == state_mutex_) so_far_.registering = e.kind == EventKind::Acquire;
    // When two operations about a CPU run at the same time, one has ended its walk before the other
    // gets the lock.
    const bool writes = e.name == hotplug_lock_ && e.value == 0;
    if (writes && e.kind == EventKind::Acquire) token(Token::Kind::WalkBegin, e.cpu, kNoState);
  }
  void see(On<EventKind::OpBegin>, const Event& e) {
    so_far_.begun = true;
    walks_.registers = walks_.registers || is_registration(stream_.names[e.name]);
    token(Token::Kind::OpBegin, e.cpu, e.value, so_far_.running++);
  }
  /// Only the end of the last operation gets a token, because the walks of the others continue.
  void see(On<EventKind::OpEnd>, const Event& e) {
    if (so_far_.running > 0) --so_far_.running;
    if (so_far_.running == 0) token(Token::Kind::OpEnd, e.cpu, kNoState);
  }
  void see(OnRegister, const Event& e) {
    walks_.installs = true;
    walks_.states_change = walks_.states_change || (judged_.table.valid(e.step) &&
                                                    judged_.table.at(e.step).has_callbacks());
  }
  void see(On<EventKind::Rest>, const Event& e) {
    if (!judged_.notifier) token(Token::Kind::Rest, e.cpu, e.step);
  }

 private:
  static StepNames names_in(const Outline& outline, const EventStream& stream,
                            const Judged& judged) {
    const bool known = judged.names != nullptr && judged.names == stream.names.base();
    const StepNames& found = known ? judged.step_names : outline.step_names();
    return found.states.empty() ? step_names(stream.names, judged.table) : found;
  }

  // --- the order of events with the same time

  std::uint32_t last() const { return static_cast<std::uint32_t>(stream_.events.size()) - 1; }

  void read(std::size_t begin, std::size_t end) {
    for (std::size_t k = begin; k < end; ++k) {
      const Outline::Item item = items_[k];
      if (item.is_event()) {
        const EventKind kind = stream_.events[item.event()].kind;
        if (is_callback(kind) || sees<Reader>(kind)) read(item.event());
      } else if (item.is_stretch()) {
        end_date();
        see(item);
      }
    }
    end_date();
  }

  void read(std::uint32_t event) {
    // In the asynchronous design CPUs walk independently, so events with the same time keep their
    // order.
    if (judged_.async) return see(event);
    if (!date_.has_time_of(event)) end_date();
    date_.add(event);
  }

  void end_date() {
    date_.read_all(open_, [this](std::uint32_t event) { see(event); });
  }

  // --- events

  void see(std::uint32_t event) {
    index_ = event;
    const Event& e = stream_.events[event];
    if (e.kind == EventKind::Exit) return exit(e);
    if (is_callback(e.kind)) return enter(e);
    show(*this, e);
  }

  /// Takes a stretch (a sequence of plain callbacks, see outline.hpp) as one token when no step is
  /// open except its own bracket. Otherwise reads its events one by one.
  void see(Outline::Item item) {
    const Stretch& s = walks_.outline.stretch(item);
    // What is inside a bracket is no PREPARE callback.
    const bool fits = open_.callback(s.cpu) == nullptr &&
                      (open_.bracket(s.cpu) == nullptr || s.section != Section::Prepare);
    if (!is_alone(s.cpu) || so_far_.registering || !fits)
      return walks_.outline.each_event(s, [this](std::uint32_t i) { see(i); });
    so_far_.last[s.cpu].multi = false;
    index_ = s.first;
    token(Token::Kind::Stretch, s.cpu, s.to, static_cast<std::uint32_t>(item.index()));
  }

  /// True when no other CPU walks now, or when several may walk at once.
  bool is_alone(CpuId cpu) const { return open_.alone(cpu) || judged_.async; }

  void pass(const Mark& mark) {
    if (mark.kind == Mark::Kind::Armed) return token(Token::Kind::Armed, mark.cpu, mark.state);
    if (mark.kind == Mark::Kind::Gap) {
      close_all(false);
      head_ = true;
      thread_seen_ = false;
      token(Token::Kind::Gap, kNoCpu, kNoState);
      return;
    }
    close_all(true);
    head_ = false;
    token(kind_of(mark), mark.cpu, mark.state);
  }

  static Token::Kind kind_of(const Mark& mark) {
    switch (mark.kind) {
      case Mark::Kind::Stopped:
        return Token::Kind::Stopped;
      case Mark::Kind::Online:
        return Token::Kind::Online;
      case Mark::Kind::Offline:
        return Token::Kind::Offline;
      case Mark::Kind::Unseen:
        return Token::Kind::Unseen;
      default:
        return Token::Kind::Rest;
    }
  }

  void token(Token::Kind kind, CpuId cpu, StateId state, std::uint32_t step = 0) {
    walks_.tokens.push_back(
        {.kind = kind, .state = state, .cpu = cpu, .step = step, .event = index_});
  }

  // --- enters

  void enter(const Event& e) {
    const StepKind kind = directions_.kind_of(e);
    // The enter of a callback shows that the callback before it is over.
    while (open_.any(e.cpu) && !runs_within(e, kind))
      give_up(e.cpu, kNoExitBeforeEnter, findings_.step(e.step));
    if (!is_alone(e.cpu)) not_one_walk(e);
    Step& step = add(entered_step(e, index_));
    step.kind = kind;
    step.registered = so_far_.registering && kind == StepKind::Callback && !open_.any(e.cpu);
    open_.push(step);
    if (head_) enter_at_head(e.role);
    if (kind != StepKind::Callback) open_bracket(step);
  }

  /// Enters a bracket (a step that encloses others). The direction of a bracket is known at its
  /// enter. The direction of a callback is known only at its exit.
  [[gnu::noinline]] void open_bracket(Step& step) {
    step.up = step.kind == StepKind::Bringup ||
              (step.kind != StepKind::Takedown && step.target >= step.state);
    token(Token::Kind::Begin, step.cpu, step.state,
          static_cast<std::uint32_t>(walks_.steps.size() - 1));
  }

  void enter_at_head(Role role) {
    if (is_thread(role))
      thread_seen_ = true;
    else
      head_ = false;
  }

  /// True when the step may run within the open bracket. Only STARTING and ONLINE callbacks do.
  bool runs_within(const Event& e, StepKind kind) const {
    if (kind != StepKind::Callback || open_.callback(e.cpu) != nullptr) return false;
    const Section section = judged_.table.section(e.step);
    return section == Section::Online || section == Section::Starting;
  }

  /// Reports a step that is entered while a step of another CPU is open: hotplug runs only one
  /// callback at a time.
  [[gnu::cold]] void not_one_walk(const Event& e) {
    findings_.add(kOneWalk, entered_step(e, index_));
    // One finding is enough, so the steps of the other CPUs are ended without their exits.
    for (CpuId cpu = 0; cpu < stream_.nr_cpus; ++cpu)
      if (cpu != e.cpu)
        while (open_.any(cpu)) give_up(cpu);
  }

  // --- exits

  void exit(const Event& e) {
    Step* step = open_.top(e.cpu);
    if (!leaves(e, step)) {
      step = open_.bracket(e.cpu);
      if (!leaves(e, step)) return without_enter(e);
      give_up(e.cpu, kNoExitBeforeExit, findings_.step(e.step));
    }
    step->exit = index_;
    step->exit_on = e.on;
    step->after = e.value;
    step->ret = e.ret;
    close(*step);
  }

  static bool leaves(const Event& exit, const Step* step) {
    if (step == nullptr || step->state != exit.step) return false;
    if (step->role == exit.role && step->on == exit.on) return true;
    // A task that drives operations may move to another CPU between the enter and the exit.
    return !is_thread(step->role) && !is_thread(exit.role);
  }

  /// Closes the inner step, which has no exit, and reports it.
  template <typename... Parts>
  [[gnu::cold]] void give_up(CpuId cpu, const Sentence& sentence, const Parts&... parts) {
    const Step& step = *open_.top(cpu);
    findings_.add_at(step.enter, sentence, step, parts...);
    give_up(cpu);
  }
  [[gnu::cold]] void give_up(CpuId cpu) {
    Step& step = *open_.top(cpu);
    close(step);
    if (step.kind == StepKind::Callback)
      step.after = static_cast<StateId>(step.up ? step.state : step.state - 1);
  }

  /// Removes the inner open step, and adds its token.
  [[gnu::always_inline]] void close(Step& step) {
    const CpuId cpu = step.cpu;
    const std::uint32_t id = open_.pop(cpu);
    if (step.kind != StepKind::Callback) return token(Token::Kind::End, cpu, step.state, id);
    step.registered = !open_.any(cpu) && is_registered(step);
    step.up = step.registered ? directions_.sets_up(step) : directions_.goes_up(step);
    Step& last = so_far_.last[cpu];
    if (step.multi) {
      Directions::mark_undo(step, last);
      last = step;
    }
    last.multi = step.multi;
    if (step.registered) walks_.any_registered = true;
    token(Token::Kind::Call, cpu, step.state, id);
  }

  /// True when a registration called the step.
  bool is_registered(const Step& step) const {
    return judged_.traced_only ? directions_.is_outside_of_walks(step) : so_far_.registering;
  }

  [[gnu::cold]] void without_enter(const Event& e) {
    const bool tolerated = head_ && !(is_thread(e.role) && thread_seen_);
    if (is_thread(e.role)) thread_seen_ = true;
    const auto id = static_cast<std::uint32_t>(walks_.steps.size());
    Step step{.exit = index_,
              .cpu = e.cpu,
              .on = e.on,
              .exit_on = e.on,
              .ret = e.ret,
              .state = e.step,
              .after = e.value,
              .role = e.role};
    if (e.step == at_.teardown)
      step.kind = StepKind::Takedown;
    else if (e.step == at_.bringup && e.value >= at_.bringup)
      step.kind = StepKind::Bringup;
    else if (e.step >= at_.online || e.step < 0)
      step.kind = StepKind::Kick;
    step.up = e.value >= e.step;
    step.registered = step.kind == StepKind::Callback && e.value > e.step && !open_.any(e.cpu);
    walks_.any_registered = walks_.any_registered || step.registered;
    if (!tolerated) findings_.add(kNoEnter, step);
    walks_.steps.push_back(step);
    token(step.kind == StepKind::Callback ? Token::Kind::Call : Token::Kind::End, e.cpu, e.step,
          id);
  }

  // --- steps without an exit

  [[gnu::cold]] void close_all(bool report) {
    for (CpuId cpu = 0; open_.total() > 0 && cpu < stream_.nr_cpus; ++cpu)
      while (open_.any(cpu)) report ? give_up(cpu, kNoExit) : give_up(cpu);
  }

  [[gnu::cold]] void still_open() {
    const auto events = static_cast<std::uint32_t>(stream_.events.size());
    for (CpuId cpu = 0; cpu < stream_.nr_cpus; ++cpu)
      for (Step* const step : {open_.bracket(cpu), open_.callback(cpu)}) {
        if (step == nullptr) continue;
        if (step->kind == StepKind::Callback) step->up = directions_.goes_up(*step);
        if (walks_.ends) continue;
        so_far_.open.push_back(*step);
        so_far_.open.back().enter -= events;
        so_far_.entered.push_back(walks_.time_of(step->enter));
        step->open = true;
      }
  }

  Step& add(const Step& step) { return walks_.steps.emplace_back(step); }

  const std::vector<Outline::Item>& items_;
  const EventStream& stream_;
  NameId fail_, state_mutex_, hotplug_lock_;
  const Judged& judged_;
  const Anchors& at_;
  Walks walks_;
  Directions directions_;
  Date date_;
  OpenSteps open_;
  ReadSoFar so_far_;
  WalkFindings findings_;
  std::uint32_t index_ = 0;
  /// True while an exit without an enter is no finding: the enter may have come before the trace
  /// began, or in a gap of the trace.
  bool head_ = false;
  /// A plugged CPU's thread has had an event since the trace began.
  bool thread_seen_ = false;
};

}  // namespace

Ns Walks::time_of(std::uint32_t event) const {
  if (event < stream.events.size()) return stream.events[event].time;
  const auto step = std::ranges::find(steps, event, &Step::enter);
  return entered[static_cast<std::size_t>(step - steps.begin())];
}

StepNames step_names(const Names& names, const StateTable& table) {
  StepNames found{.kick_work = names.find("cpuhp_kick_ap_work"), .states = {}};
  for (const State& s : table.all())
    found.states.push_back({names.find(s.startup), names.find(s.teardown)});
  return found;
}

bool moves_first(const Judged& judged, Role role) {
  if (judged.async && (role == Role::CpuhpThread || role == Role::Worker)) return true;
  return role == Role::CpuhpThread ? judged.rules.decrement_first : !judged.rules.control_is_late();
}

Walks read_walks(const Outline& outline, const EventStream& stream, const Judged& judged, bool ends,
                 ReadSoFar& so_far) {
  Reader reader(outline, stream, judged, ends, std::move(so_far));
  Walks walks = reader.run();
  so_far = reader.so_far();
  return walks;
}

std::string step_text(const StateTable& table, StateId state) {
  std::string text = "step " + std::to_string(state);
  if (table.valid(state) && !table.at(state).name.empty())
    text += " (" + table.at(state).name + ')';
  return text;
}

std::string place_of(const StateTable& table, StateId state) {
  if (table.valid(state) && !table.at(state).name.empty()) return table.at(state).name;
  return std::to_string(state);
}

}  // namespace cpuhp
