#include "model/checks/walks.hpp"

#include <array>
#include <utility>

#include "model/checks/known.hpp"
#include "model/operation.hpp"

namespace cpuhp {
namespace {

constexpr const char* kPairs = "facts.md 5, I3";
constexpr const char* kOneWalk = "facts.md 5, I25";

constexpr std::uint32_t kNoStep = 0xffffffff;

class Reader {
 public:
  Reader(const EventStream& stream, const Judged& judged)
      : stream_(stream),
        fail_(stream.names.find("fail")),
        state_mutex_(stream.names.find("cpuhp_state_mutex")),
        judged_(judged),
        at_(judged.table.anchors()),
        names_(walks_.names),
        cpus_(stream.nr_cpus) {
    const bool known = judged.names != nullptr && judged.names == stream.names.base();
    walks_.names = known ? judged.step_names : step_names(stream.names, judged.table);
    head_ = judged.traced_only && (judged.marks.empty() || judged.marks[0].before != 0 ||
                                   judged.marks[0].kind == Mark::Kind::Gap);
  }

  Walks run() {
    walks_.steps.reserve(stream_.events.size() / 2);
    walks_.tokens.reserve(walks_.steps.capacity() + walks_.steps.capacity() / 8);
    const std::vector<Event>& events = stream_.events;
    std::size_t mark = 0;
    for (std::size_t i = 0; i < events.size();) {
      index_ = i;
      for (; mark < judged_.marks.size() && judged_.marks[mark].before <= i; ++mark)
        pass(judged_.marks[mark]);
      const std::size_t end =
          mark < judged_.marks.size() ? judged_.marks[mark].before : events.size();
      std::size_t tied = i + 1;
      bool cpus = false;
      for (; tied < end && events[tied].time == events[i].time; ++tied)
        cpus = cpus || events[tied].on != events[i].on;
      if (cpus)
        see_tied(i, tied);
      else
        for (; index_ < tied; ++index_) see(events[index_]);
      i = tied;
    }
    index_ = events.size();
    while (mark < judged_.marks.size()) pass(judged_.marks[mark++]);
    if (judged_.complete) close_all(true);
    return std::move(walks_);
  }

 private:
  /// The steps of one CPU that were entered and not left yet: a bracket, and what runs in it.
  struct Open {
    std::array<std::uint32_t, 3> steps{};
    std::uint8_t count = 0;
    std::uint32_t last = kNoStep;  ///< the callback that was left last
  };

  // --- the order of events of one date

  /// Events of one date on several CPUs stand in no order, but those of a CPU in theirs: whatever
  /// runs in a bracket is taken before the bracket's end, and after its beginning.
  void see_tied(std::size_t begin, std::size_t end) {
    tied_.clear();
    for (std::size_t i = begin; i < end; ++i) tied_.push_back(i);
    while (!tied_.empty()) {
      std::size_t chosen = 0;
      for (std::size_t k = 0; k < tied_.size(); ++k)
        if (is_first(k) && !waits(stream_.events[tied_[k]])) {
          chosen = k;
          break;
        }
      index_ = tied_[chosen];
      tied_.erase(tied_.begin() + static_cast<std::ptrdiff_t>(chosen));
      see(stream_.events[index_]);
    }
  }

  /// Of those left of its CPU.
  bool is_first(std::size_t k) const {
    const CpuId on = stream_.events[tied_[k]].on;
    for (std::size_t i = 0; i < k; ++i)
      if (stream_.events[tied_[i]].on == on) return false;
    return true;
  }

  template <typename F>
  bool any_left(const Event& e, F wanted) const {
    for (const std::size_t i : tied_) {
      const Event& other = stream_.events[i];
      if (other.cpu == e.cpu && other.on != e.on && is_step(other) && wanted(other)) return true;
    }
    return false;
  }

  static bool is_step(const Event& e) {
    return e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter ||
           e.kind == EventKind::Exit;
  }

  /// Does something of the same date come before it?
  bool waits(const Event& e) const {
    if (!is_step(e) || judged_.async) return false;
    const Open& open = cpus_[e.cpu];
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

  /// The notifier design has no brackets: DOWN_PREPARE comes before DYING.
  bool goes_down(const Event& e) const {
    return any_left(e, [&](const Event& o) {
      return !is_thread(o.role) && judged_.table.section(o.step) == Section::Online;
    });
  }

  // --- events

  void see(const Event& e) {
    switch (e.kind) {
      case EventKind::Enter:
      case EventKind::MultiEnter:
        return enter(e);
      case EventKind::Exit:
        return exit(e);
      case EventKind::Injected:
        // An armed `fail`; other faults of the environment leave their own traces.
        if (e.step >= 0 && (judged_.traced_only || e.name == fail_))
          token(Token::Kind::Injected, e.cpu, e.step);
        return;
      case EventKind::MaskSet:
        // The boot CPU is online before anything happens.
        if (!begun_ && stream_.names[e.name] == "online")
          token(Token::Kind::Rest, e.cpu, at_.online);
        return;
      case EventKind::Acquire:
      case EventKind::Unlock:
        // Registrations hold it over their callbacks; walks keep registrations out.
        if (e.name == state_mutex_) registering_ = e.kind == EventKind::Acquire;
        return;
      case EventKind::OpBegin:
        begun_ = true;
        walks_.registers = walks_.registers || is_registration(stream_.names[e.name]);
        token(Token::Kind::OpBegin, e.cpu, e.value);
        return;
      case EventKind::OpEnd:
        token(Token::Kind::OpEnd, e.cpu, kNoState);
        return;
      case EventKind::Rest:
        if (!judged_.notifier) token(Token::Kind::Rest, e.cpu, e.step);
        return;
      default:
        return;
    }
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
    if (e.name != 0 && e.name == names_.kick_work) return StepKind::Kick;
    if (e.step >= at_.online || e.step < 0) return StepKind::Kick;
    if (e.step == at_.teardown) return StepKind::Takedown;
    if (e.step != at_.bringup || judged_.notifier) return StepKind::Callback;
    const auto bringup = static_cast<std::size_t>(e.step);
    if (e.name != 0 && e.name == names_.startup[bringup]) return StepKind::Bringup;
    if (e.name != 0 && e.name == names_.teardown[bringup]) return StepKind::Callback;
    return e.value >= e.step ? StepKind::Bringup : StepKind::Callback;
  }

  void enter(const Event& e) {
    const StepKind kind = kind_of(e);
    Open& open = cpus_[e.cpu];
    make_room(open, e, kind);
    one_walk(e, open);
    const auto id = static_cast<std::uint32_t>(walks_.steps.size());
    walks_.steps.push_back({.enter = index_,
                            .cpu = e.cpu,
                            .on = e.on,
                            .exit_on = e.on,
                            .name = e.name,
                            .state = e.step,
                            .target = e.value,
                            .kind = kind,
                            .role = e.role,
                            .multi = e.kind == EventKind::MultiEnter});
    walks_.steps.back().registered = registering_ && kind == StepKind::Callback && open.count == 0;
    open.steps[open.count++] = id;
    ++open_;
    if (is_thread(e.role))
      thread_seen_ = true;
    else
      head_ = false;
    if (kind == StepKind::Callback) {
      walks_.steps.back().up = goes_up(walks_.steps.back());
    } else {
      walks_.steps.back().up = e.value >= e.step;
      if (kind == StepKind::Bringup) walks_.steps.back().up = true;
      if (kind == StepKind::Takedown) walks_.steps.back().up = false;
      token(Token::Kind::Begin, e.cpu, e.step, id);
    }
  }

  /// Whatever is entered ends a callback of the same CPU. Only the plugged CPU's own steps run
  /// within a bracket.
  void make_room(Open& open, const Event& e, StepKind kind) {
    while (open.count > 0) {
      const Step& top = walks_.steps[open.steps[open.count - 1u]];
      const Section section = judged_.table.section(e.step);
      const bool inner = kind == StepKind::Callback &&
                         (section == Section::Online || section == Section::Starting);
      if (top.kind != StepKind::Callback && inner && open.count < open.steps.size()) return;
      find("I3", kPairs, top, top.enter,
           "is entered and not left before " + step_text(judged_.table, e.step) + " is entered");
      close(open);
    }
  }

  /// Hotplug is one operation at a time, and one callback at a time.
  void one_walk(const Event& e, const Open& open) {
    if (judged_.async || open_ == open.count) return;
    walks_.findings.push_back({"I25", kOneWalk, e.cpu, e.time,
                               step_text(judged_.table, e.step) + " of CPU " +
                                   std::to_string(e.cpu) +
                                   " is entered while a step of another CPU is not left",
                               place_of(judged_.table, e.step), index_});
    // Said once: what is open stays so.
    for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu)
      if (cpu != e.cpu)
        while (cpus_[cpu].count > 0) close(cpus_[cpu]);
  }

  // --- exits

  void exit(const Event& e) {
    Open& open = cpus_[e.cpu];
    std::uint8_t found = open.count;
    while (found > 0 && !fits(walks_.steps[open.steps[found - 1u]], e)) --found;
    if (found == 0) return without_enter(e);
    while (open.count > found) {
      const Step& inner = walks_.steps[open.steps[open.count - 1u]];
      find("I3", kPairs, inner, inner.enter,
           "is entered and not left before the end of " + step_text(judged_.table, e.step));
      close(open);
    }
    Step& step = walks_.steps[open.steps[found - 1u]];
    step.exit = index_;
    step.exit_on = e.on;
    step.after = e.value;
    step.ret = e.ret;
    close(open);
  }

  static bool fits(const Step& step, const Event& exit) {
    if (step.state != exit.step) return false;
    // A task that drives operations may change its CPU between enter and exit.
    if (is_thread(step.role) || is_thread(exit.role))
      return step.role == exit.role && step.on == exit.on;
    return true;
  }

  /// Takes the innermost off, and tells what it was.
  void close(Open& open) {
    const std::uint32_t id = open.steps[--open.count];
    --open_;
    Step& step = walks_.steps[id];
    const bool in_bracket = open.count > 0;
    if (step.kind == StepKind::Callback) {
      step.registered = !in_bracket && is_registered(step);
      step.up = step.registered ? sets_up(step) : goes_up(step);
      if (open.last != kNoStep) undoes(step, walks_.steps[open.last]);
      open.last = id;
      if (!step.left()) step.after = static_cast<StateId>(step.up ? step.state : step.state - 1);
      token(Token::Kind::Call, step.cpu, step.state, id);
    } else {
      token(Token::Kind::End, step.cpu, step.state, id);
    }
  }

  /// Target, state and symbol each say which way it went; one of them may be wrong.
  bool goes_up(const Step& step) const {
    if (judged_.notifier && step.name != 0) return sets_up(step);
    int votes = step.target == kNoState ? 0 : (step.target >= step.state ? 1 : -1);
    const auto state = static_cast<std::size_t>(step.state);
    if (step.left() && step.after == step.state - 1) --votes;
    const bool late = step.role == Role::CpuhpThread ? !judged_.rules.decrement_first
                                                     : judged_.rules.control_is_late();
    if (step.left() && step.after == step.state && !late) ++votes;
    if (step.name != 0 && names_.startup[state] != names_.teardown[state]) {
      // The target of what a boot undoes is that of its way up: an exit tells, or the symbol.
      const int weight = step.left() ? 1 : 2;
      if (step.name == names_.startup[state]) votes += weight;
      if (step.name == names_.teardown[state]) votes -= weight;
    }
    return votes >= 0;
  }

  bool sets_up(const Step& step) const {
    const auto state = static_cast<std::size_t>(step.state);
    return step.name == 0 || step.name == names_.startup[state] ||
           step.name != names_.teardown[state];
  }

  /// The control CPU undoes the instances before the one that failed at once, while target and
  /// state are those of its walk.
  static void undoes(Step& step, const Step& before) {
    if (!step.multi || !before.multi || step.state != before.state ||
        step.target != before.target || step.after != before.after)
      return;
    if (before.undo ? step.name != before.name : before.ret == 0 || step.name == before.name)
      return;
    step.undo = true;
    step.up = before.up;
  }

  /// A registration leaves the CPU where it is, past the state.
  bool is_registered(const Step& step) const {
    if (!judged_.traced_only) return registering_;
    // On the way down to offline a target may look like that of a boot CPU that never walked.
    if (step.left())
      return step.after > step.state && (step.target >= step.state || step.after >= at_.online);
    return step.role == Role::CpuhpThread && !judged_.async;
  }

  void without_enter(const Event& e) {
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
    if (!tolerated) find("I3", kPairs, step, index_, "is left and was not entered");
    walks_.steps.push_back(step);
    token(step.kind == StepKind::Callback ? Token::Kind::Call : Token::Kind::End, e.cpu, e.step,
          id);
  }

  // --- what is left open

  void close_all(bool report) {
    if (open_ == 0) return;
    for (Open& open : cpus_)
      while (open.count > 0) {
        const Step& step = walks_.steps[open.steps[open.count - 1u]];
        if (report) find("I3", kPairs, step, step.enter, "is entered and never left");
        close(open);
      }
  }

  void find(const char* invariant, const char* source, const Step& step, std::size_t event,
            const std::string& what) {
    walks_.findings.push_back(
        {invariant, source, step.cpu, stream_.events[event].time,
         step_text(judged_.table, step.state) + " of CPU " + std::to_string(step.cpu) + ' ' + what,
         place_of(judged_.table, step.state), event});
  }

  const EventStream& stream_;
  NameId fail_, state_mutex_;
  const Judged& judged_;
  const Anchors& at_;
  Walks walks_;
  const StepNames& names_;
  std::vector<Open> cpus_;
  std::size_t index_ = 0;
  std::vector<std::size_t> tied_;  ///< events of the present date that were not looked at yet
  std::size_t open_ = 0;           ///< steps that are open, of all CPUs
  bool head_ = false;         ///< a step may be left here that was entered before the trace began
  bool thread_seen_ = false;  ///< the same, of the plugged CPU's own threads
  bool registering_ = false;
  bool begun_ = false;
};

}  // namespace

StepNames step_names(const Names& names, const StateTable& table) {
  StepNames found{.kick_work = names.find("cpuhp_kick_ap_work"), .startup = {}, .teardown = {}};
  for (const State& s : table.all()) {
    found.startup.push_back(names.find(s.startup));
    found.teardown.push_back(names.find(s.teardown));
  }
  return found;
}

void remember_names(Judged& judged, std::shared_ptr<const Names> names) {
  judged.step_names = step_names(*names, judged.table);
  judged.known = std::make_shared<const Known>(known_to_checks(*names, judged.table));
  judged.names = std::move(names);
}

Walks read_walks(const EventStream& stream, const Judged& judged) {
  return Reader(stream, judged).run();
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
