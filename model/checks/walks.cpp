#include "model/checks/walks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "model/checks/outline.hpp"
#include "model/checks/watch/kinds.hpp"
#include "model/operation.hpp"

namespace cpuhp {
namespace {

constexpr const char* kPairs = "docs/kernel.md 7, I3";
constexpr const char* kOneWalk = "docs/kernel.md 7, I25";

constexpr std::uint32_t kNoStep = 0xffffffff;

class Reader {
 public:
  Reader(const Outline& outline, const EventStream& stream, const Judged& judged)
      : outline_(outline),
        items_(outline.items()),
        stream_(stream),
        fail_(stream.names.find("fail")),
        state_mutex_(stream.names.find("cpuhp_state_mutex")),
        hotplug_lock_(stream.names.find("cpu_hotplug_lock")),
        judged_(judged),
        at_(judged.table.anchors()),
        names_(walks_.names),
        cpus_(stream.nr_cpus) {
    const bool known = judged.names != nullptr && judged.names == stream.names.base();
    const StepNames& found = known ? judged.step_names : outline.step_names();
    walks_.names = found.states.empty() ? step_names(stream.names, judged.table) : found;
    head_ = judged.traced_only && (judged.marks.empty() || judged.marks[0].before != 0 ||
                                   judged.marks[0].kind == Mark::Kind::Gap);
  }

  Walks run() {
    walks_.outline = &outline_;
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
    if (judged_.complete) close_all(true);
    if (open_ > 0) still_open();
    return std::move(walks_);
  }

  // --- events beside callbacks

  void see(On<EventKind::Injected>, const Event& e) {
    // Only a fault by hotplug/fail gets a token: it replaces a callback, which then has no event.
    // Other faults show by their effects on later events.
    if (e.step >= 0 && (judged_.traced_only || e.name == fail_))
      token(Token::Kind::Injected, e.cpu, e.step);
  }
  void see(On<EventKind::MaskSet>, const Event& e) {
    // The boot CPU is online before the first operation begins.
    if (!begun_ && stream_.names[e.name] == "online") token(Token::Kind::Rest, e.cpu, at_.online);
  }
  void see(OnLock, const Event& e) {
    // A registration holds cpuhp_state_mutex while it calls callbacks, and never runs during a
    // walk.
    if (e.name == state_mutex_) registering_ = e.kind == EventKind::Acquire;
    // When two operations about a CPU run at the same time, one has ended its walk before the other
    // gets the lock.
    const bool writes = e.name == hotplug_lock_ && e.value == 0;
    if (writes && e.kind == EventKind::Acquire) token(Token::Kind::WalkBegin, e.cpu, kNoState);
  }
  void see(On<EventKind::OpBegin>, const Event& e) {
    begun_ = true;
    walks_.registers = walks_.registers || is_registration(stream_.names[e.name]);
    token(Token::Kind::OpBegin, e.cpu, e.value, running_++);
  }
  /// Only the end of the last operation gets a token, because the walks of the others continue.
  void see(On<EventKind::OpEnd>, const Event& e) {
    if (running_ > 0) --running_;
    if (running_ == 0) token(Token::Kind::OpEnd, e.cpu, kNoState);
  }
  void see(OnRegister, const Event& e) {
    walks_.states_change = walks_.states_change || (judged_.table.valid(e.step) &&
                                                    judged_.table.at(e.step).has_callbacks());
  }
  void see(On<EventKind::Rest>, const Event& e) {
    if (!judged_.notifier) token(Token::Kind::Rest, e.cpu, e.step);
  }

 private:
  /// The open steps of one CPU, which have an enter and no exit yet: an enclosing step (bracket),
  /// and a step within it.
  struct OpenSteps {
    std::array<std::uint32_t, 3> steps{};
    std::uint8_t count = 0;
    std::uint32_t last = kNoStep;  ///< the last callback that has exited
  };

  Step& top(const OpenSteps& open) { return walks_.steps[open.steps[open.count - 1u]]; }
  const Step& top(const OpenSteps& open) const { return walks_.steps[open.steps[open.count - 1u]]; }

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
    if (!date_.empty()) {
      const Event &first = stream_.events[date_.front()], &e = stream_.events[event];
      if (first.time != e.time)
        end_date();
      else
        tied_ = tied_ || first.on != e.on;
    }
    date_.push_back(event);
  }

  /// Reads all events with the same time. Events of several CPUs may have happened in any order;
  /// events of the same CPU keep their order.
  void end_date() {
    if (!tied_)
      for (const std::uint32_t event : date_) see(event);
    else
      while (!date_.empty()) see(take_tied());
    date_.clear();
    tied_ = false;
  }

  /// Removes and returns the event to read next. Steps within a bracket (a step that encloses
  /// others) come after its enter and before its exit.
  std::uint32_t take_tied() {
    std::size_t chosen = 0;
    for (std::size_t k = 0; k < date_.size(); ++k)
      if (is_first(k) && !waits(stream_.events[date_[k]])) {
        chosen = k;
        break;
      }
    const std::uint32_t taken = date_[chosen];
    date_.erase(date_.begin() + static_cast<std::ptrdiff_t>(chosen));
    return taken;
  }

  /// True when no earlier event in `date_` is on the same CPU.
  bool is_first(std::size_t k) const {
    const CpuId on = stream_.events[date_[k]].on;
    for (std::size_t i = 0; i < k; ++i)
      if (stream_.events[date_[i]].on == on) return false;
    return true;
  }

  template <typename F>
  bool any_left(const Event& e, F wanted) const {
    for (const std::uint32_t i : date_) {
      const Event& other = stream_.events[i];
      if (other.cpu == e.cpu && other.on != e.on && is_callback(other.kind) && wanted(other))
        return true;
    }
    return false;
  }

  /// True when another event with the same time must be read first.
  bool waits(const Event& e) const {
    if (!is_callback(e.kind)) return false;
    const OpenSteps& open = cpus_[e.cpu];
    if (judged_.notifier) return e.role == Role::Stopper && goes_down(e);
    const Step* bracket = open.count == 0 ? nullptr : &walks_.steps[open.steps[0]];
    if (bracket != nullptr && bracket->kind == StepKind::Callback) bracket = nullptr;
    if (!is_thread(e.role)) {
      if (e.kind != EventKind::Exit || bracket == nullptr || bracket->state != e.step) return false;
      const bool takedown = bracket->kind == StepKind::Takedown;
      return any_left(e, [&](const Event& o) {
        return is_thread(o.role) && (o.role == Role::Stopper) == takedown;
      });
    }
    const bool takedown = e.role == Role::Stopper;
    const auto fits = [&](StepKind kind) { return (kind == StepKind::Takedown) == takedown; };
    if (bracket != nullptr && fits(bracket->kind)) return false;
    return any_left(e, [&](const Event& o) {
      if (is_thread(o.role)) return false;
      if (o.kind == EventKind::Exit) return bracket != nullptr && o.step == bracket->state;
      const StepKind kind = kind_of(o);
      return kind != StepKind::Callback && fits(kind);
    });
  }

  /// True when DOWN_PREPARE calls for the CPU are still to come at this time. They come before
  /// DYING. (In other designs the enclosing steps show this; the notifier design has none.)
  bool goes_down(const Event& e) const {
    return any_left(e, [&](const Event& o) {
      return !is_thread(o.role) && judged_.table.section(o.step) == Section::Online;
    });
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
    const Stretch& s = outline_.stretch(item);
    OpenSteps& open = cpus_[s.cpu];
    const bool alone = open_ == open.count || judged_.async;
    const bool in_bracket =
        open.count > 0 && top(open).kind != StepKind::Callback && s.section != Section::Prepare;
    if (!alone || registering_ || (open.count > 0 && !in_bracket))
      return outline_.each_event(s, [this](std::uint32_t i) { see(i); });
    open.last = kNoStep;
    index_ = s.first;
    token(Token::Kind::Stretch, s.cpu, s.to, static_cast<std::uint32_t>(item.index()));
  }

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

  StepKind kind_of(const Event& e) const {
    if (e.name == names_.kick_work && e.name != 0) return StepKind::Kick;
    if (e.step >= at_.online || e.step < 0) return StepKind::Kick;
    if (e.step == at_.teardown) return StepKind::Takedown;
    if (e.step != at_.bringup || judged_.notifier) return StepKind::Callback;
    const StepNames::Pair& bringup = names_.at(e.step);
    if (e.name != 0 && e.name == bringup.startup) return StepKind::Bringup;
    if (e.name != 0 && e.name == bringup.teardown) return StepKind::Callback;
    return e.value >= e.step ? StepKind::Bringup : StepKind::Callback;
  }

  void enter(const Event& e) {
    const StepKind kind = kind_of(e);
    OpenSteps& open = cpus_[e.cpu];
    if (open.count > 0 && !runs_within(open, e, kind)) make_room(open, e, kind);
    if (open_ != open.count && !judged_.async) not_one_walk(e);
    const auto id = static_cast<std::uint32_t>(walks_.steps.size());
    Step& step = walks_.steps.emplace_back(entered_step(e, index_));
    step.kind = kind;
    step.registered = registering_ && kind == StepKind::Callback && open.count == 0;
    open.steps[open.count++] = id;
    ++open_;
    if (head_) enter_at_head(e.role);
    if (kind != StepKind::Callback) open_bracket(e, kind, id);
  }

  /// Enters a bracket (a step that encloses others). The direction of a bracket is known at its
  /// enter. The direction of a callback is known only at its exit.
  [[gnu::noinline]] void open_bracket(const Event& e, StepKind kind, std::uint32_t id) {
    walks_.steps[id].up =
        kind == StepKind::Bringup || (kind != StepKind::Takedown && e.value >= e.step);
    token(Token::Kind::Begin, e.cpu, e.step, id);
  }

  void enter_at_head(Role role) {
    if (is_thread(role))
      thread_seen_ = true;
    else
      head_ = false;
  }

  /// True when the step may run within the open bracket. Only STARTING and ONLINE callbacks do.
  bool runs_within(const OpenSteps& open, const Event& e, StepKind kind) const {
    if (kind != StepKind::Callback || open.count == open.steps.size()) return false;
    if (top(open).kind == StepKind::Callback) return false;
    const Section section = judged_.table.section(e.step);
    return section == Section::Online || section == Section::Starting;
  }

  /// Closes open steps of the CPU until the entered step may run within those that stay open. The
  /// enter of a callback shows that the callback before it is over.
  [[gnu::cold]] void make_room(OpenSteps& open, const Event& e, StepKind kind) {
    while (open.count > 0 && !runs_within(open, e, kind)) {
      const Step& outer = top(open);
      find("I3", kPairs, outer, outer.enter,
           "is entered, but it does not exit before " + step_text(judged_.table, e.step) +
               " is entered");
      give_up(open);
    }
  }

  /// Reports a step that is entered while a step of another CPU is open: hotplug runs only one
  /// callback at a time.
  [[gnu::cold]] void not_one_walk(const Event& e) {
    walks_.findings.push_back({"I25", kOneWalk, e.cpu, e.time,
                               step_text(judged_.table, e.step) + " of CPU " +
                                   std::to_string(e.cpu) +
                                   " is entered before a step of another CPU has exited",
                               place_of(judged_.table, e.step), index_});
    // One finding is enough, so the steps of the other CPUs are ended without their exits.
    for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu)
      if (cpu != e.cpu)
        while (cpus_[cpu].count > 0) give_up(cpus_[cpu]);
  }

  // --- exits

  void exit(const Event& e) {
    OpenSteps& open = cpus_[e.cpu];
    const bool innermost = open.count > 0 && fits(top(open), e);
    if (!innermost && !close_inner(open, e)) return without_enter(e);
    Step& step = top(open);
    step.exit = index_;
    step.exit_on = e.on;
    step.after = e.value;
    step.ret = e.ret;
    close(open);
  }

  /// Closes the steps that are still open within the step of this exit. Returns false when that
  /// step is not open.
  [[gnu::cold]] bool close_inner(OpenSteps& open, const Event& e) {
    std::uint8_t found = open.count;
    while (found > 0 && !fits(walks_.steps[open.steps[found - 1u]], e)) --found;
    while (found > 0 && open.count > found) {
      const Step& inner = top(open);
      find("I3", kPairs, inner, inner.enter,
           "is entered, but it does not exit before the exit of " +
               step_text(judged_.table, e.step));
      give_up(open);
    }
    return found > 0;
  }

  static bool fits(const Step& step, const Event& exit) {
    if (step.state != exit.step) return false;
    if (step.role == exit.role && step.on == exit.on) return true;
    // A task that drives operations may move to another CPU between the enter and the exit.
    return !is_thread(step.role) && !is_thread(exit.role);
  }

  /// Closes the innermost step, which has no exit.
  [[gnu::cold]] void give_up(OpenSteps& open) {
    Step& step = top(open);
    close(open);
    if (step.kind == StepKind::Callback)
      step.after = static_cast<StateId>(step.up ? step.state : step.state - 1);
  }

  /// Removes the innermost open step, and adds its token.
  [[gnu::always_inline]] void close(OpenSteps& open) {
    const std::uint32_t id = open.steps[--open.count];
    --open_;
    Step& step = walks_.steps[id];
    const bool in_bracket = open.count > 0;
    if (step.kind != StepKind::Callback) return token(Token::Kind::End, step.cpu, step.state, id);
    step.registered = !in_bracket && is_registered(step);
    step.up = step.registered ? sets_up(step) : goes_up(step);
    if (step.multi && open.last != kNoStep) undoes(step, walks_.steps[open.last]);
    open.last = id;
    if (step.registered) walks_.any_registered = true;
    token(Token::Kind::Call, step.cpu, step.state, id);
  }

  /// True when the step went up. Target, state and symbol each show the direction, and at most one
  /// of them should be wrong.
  bool goes_up(const Step& step) const {
    const StepNames::Pair& names = names_.at(step.state);
    if (judged_.notifier && step.name != 0) return of_chain_up(step, names);
    const bool named = step.name != 0 && names.startup != names.teardown;
    const bool targets_up = step.target >= step.state;
    // Target and symbol agree, so the state does not matter.
    if (named && step.target != kNoState && step.name == names.of(targets_up)) return targets_up;
    return goes_up_mostly(step, named);
  }

  /// True when a notifier was called on the way up. If startup and teardown are the same function,
  /// its symbol does not tell the direction. Nor does the target, as an undo has the target of the
  /// failed action. So the state in the exit decides.
  static bool of_chain_up(const Step& step, const StepNames::Pair& names) {
    if (names.startup != names.teardown) return step.name != names.teardown;
    return step.left() ? step.after >= step.state : step.target >= step.state;
  }

  [[gnu::noinline]] bool goes_up_mostly(const Step& step, bool named) const {
    const StepNames::Pair& names = names_.at(step.state);
    const int symbol = !named                        ? 0
                       : step.name == names.startup  ? 1
                       : step.name == names.teardown ? -1
                                                     : 0;
    const int target = step.target == kNoState ? 0 : step.target >= step.state ? 1 : -1;
    // The target may mislead: when a boot undoes a bring-up, the target is still that of the way
    // up.
    if (!step.left()) return target + 2 * symbol >= 0;
    const bool late = step.role == Role::CpuhpThread ? !judged_.rules.decrement_first
                                                     : judged_.rules.control_is_late();
    const int state = step.after == step.state - 1 ? -1 : step.after == step.state && !late ? 1 : 0;
    return target + symbol + state >= 0;
  }

  bool sets_up(const Step& step) const {
    const StepNames::Pair& names = names_.at(step.state);
    return step.name == 0 || step.name == names.startup || step.name != names.teardown;
  }

  /// Marks a step that undoes one instance. When an instance fails, the control CPU undoes the
  /// earlier ones before it leaves the state. So their steps have the target and state of the
  /// failed call.
  static void undoes(Step& step, const Step& before) {
    if (!before.multi || step.state != before.state || step.target != before.target ||
        step.after != before.after)
      return;
    if (before.undo ? step.name != before.name : before.ret == 0 || step.name == before.name)
      return;
    step.undo = true;
    step.up = before.up;
  }

  /// True when a registration called the step. The exit then shows a CPU that has passed the state
  /// and that no operation moves.
  bool is_registered(const Step& step) const {
    if (!judged_.traced_only) return registering_;
    // (Before its first walk, a boot CPU may have target 0, like a CPU on its way down to offline.
    // Then only the state tells the two apart.)
    if (step.left())
      return step.after > step.state && (step.target >= step.state || step.after >= at_.online);
    return step.role == Role::CpuhpThread && !judged_.async;
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
    step.registered =
        step.kind == StepKind::Callback && e.value > e.step && cpus_[e.cpu].count == 0;
    walks_.any_registered = walks_.any_registered || step.registered;
    if (!tolerated) find("I3", kPairs, step, index_, "exits, but it was not entered");
    walks_.steps.push_back(step);
    token(step.kind == StepKind::Callback ? Token::Kind::Call : Token::Kind::End, e.cpu, e.step,
          id);
  }

  // --- steps without an exit

  [[gnu::cold]] void close_all(bool report) {
    if (open_ == 0) return;
    for (OpenSteps& open : cpus_)
      while (open.count > 0) {
        const Step& step = top(open);
        if (report) find("I3", kPairs, step, step.enter, "is entered, but it never exits");
        give_up(open);
      }
  }

  void still_open() {
    for (const OpenSteps& open : cpus_)
      for (std::uint8_t i = 0; i < open.count; ++i) {
        Step& step = walks_.steps[open.steps[i]];
        if (step.kind == StepKind::Callback) step.up = goes_up(step);
      }
  }

  [[gnu::cold]] void find(const char* invariant, const char* source, const Step& step,
                          std::uint32_t event, const std::string& what) {
    walks_.findings.push_back(
        {invariant, source, step.cpu, stream_.events[event].time,
         step_text(judged_.table, step.state) + " of CPU " + std::to_string(step.cpu) + ' ' + what,
         place_of(judged_.table, step.state), event});
  }

  const Outline& outline_;
  const std::vector<Outline::Item>& items_;
  const EventStream& stream_;
  NameId fail_, state_mutex_, hotplug_lock_;
  const Judged& judged_;
  const Anchors& at_;
  Walks walks_;
  const StepNames& names_;
  std::vector<OpenSteps> cpus_;
  std::uint32_t index_ = 0;
  std::vector<std::uint32_t> date_;  ///< events with the present time that are still to be read
  bool tied_ = false;                ///< `date_` has events of several CPUs
  std::size_t open_ = 0;             ///< number of open steps, over all CPUs
  /// True while an exit without an enter is no finding: the enter may have come before the trace
  /// began, or in a gap of the trace.
  bool head_ = false;
  /// A plugged CPU's thread has had an event since the trace began.
  bool thread_seen_ = false;
  bool registering_ = false;
  bool begun_ = false;
  std::uint32_t running_ = 0;  ///< number of operations under way
};

}  // namespace

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

Walks read_walks(const Outline& outline, const EventStream& stream, const Judged& judged) {
  return Reader(outline, stream, judged).run();
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
