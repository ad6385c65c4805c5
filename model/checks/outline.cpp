#include "model/checks/outline.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "model/checks/walk/callbacks.hpp"
#include "model/operation.hpp"

namespace cpuhp {

/// Builds the Outline of a stream (its events, with long sequences of callbacks as one item each)
/// in one pass.
class Outliner {
 public:
  Outliner(const EventStream& stream, const Judged& judged, const PlainCallbacks& plain)
      : stream_(stream),
        judged_(judged),
        plain_(plain),
        events_(stream.events.data()),
        size_of_stream_(static_cast<std::uint32_t>(stream.events.size())),
        cpus_(stream.nr_cpus),
        async_(judged.async),
        outline_(stream),
        runs_(stream.nr_cpus),
        whose_(stream.nr_cpus, kNoCpu) {
    for (std::size_t role = 0; role < kRoles; ++role)
      moves_first_[role] = moves_first(judged, static_cast<Role>(role));
  }

  Outline run() {
    outline_.items_.resize(stream_.events.size());
    next_ = outline_.items_.data();
    Ns date{};
    for (std::uint32_t i = 0; i < size_of_stream_; ++i) {
      const Event& e = events_[i];
      if (e.time != date) {
        if (e.time < date) return outline_by_events(stream_);
        date = e.time;
        date_ = i;
      }
      if (is_callback(e.kind)) {
        if (std::max(e.on, e.cpu) >= cpus_) return outline_by_events(stream_);
        callback(i, e);
      } else if (is_machine_wide(e.kind)) {
        if (!machine_wide(i, e)) return outline_by_events(stream_);
      } else {
        disturb(e);
        item(i);
      }
    }
    outline_.items_.resize(static_cast<std::size_t>(next_ - outline_.items_.data()));
    return std::move(outline_);
  }

 private:
  /// The latest uninterrupted sequence of plain callbacks that one CPU executed.
  struct Run {
    std::uint64_t walk = 0;  ///< properties that all its callbacks share: walk_of()
    /// `epoch_` when the sequence began; the sequence is over once `epoch_` has changed
    std::uint32_t epoch = 0;
    std::uint32_t enter = kNoEvent;  ///< enter of a callback that has not exited
    Outline::Item* slot = nullptr;   ///< item of that callback
    std::uint32_t stretch = kNoStretch;
    StateId state = kNoState;  ///< state of the last callback that has an exit
  };
  static constexpr std::uint32_t kNoStretch = 0xffffffff;

  static std::uint64_t walk_of(const Event& enter, bool up) {
    return std::uint64_t{enter.cpu} << 32 |
           std::uint64_t{static_cast<std::uint16_t>(enter.value)} << 16 |
           std::uint64_t{static_cast<std::uint8_t>(enter.role)} << 8 | std::uint64_t{up};
  }

  void item(std::uint32_t i) { *next_++ = Outline::Item::of_event(i); }

  void callback(std::uint32_t i, const Event& e) {
    if (e.kind == EventKind::Enter)
      enter(i, e);
    else if (e.kind == EventKind::Exit)
      exit(i, e);
    else
      other_callback(i, e);
  }

  bool is_plain(const PlainCallback& plain, const Event& enter) const {
    return enter.name == plain.name && plain.name != 0 && (enter.on == enter.cpu) == plain.own &&
           (plain.roles >> static_cast<unsigned>(enter.role) & 1u) != 0;
  }

  void enter(std::uint32_t i, const Event& e) {
    const bool up = e.value >= e.step;
    const std::size_t place = CallbackTable::index(e.step, up);
    if (place >= plain_.size() || !is_plain(plain_[place], e) || stopped_ || is_tied())
      return other_callback(i, e);
    Run& run = runs_[e.on];
    const std::uint64_t walk = walk_of(e, up);
    if (run.epoch != epoch_ || run.walk != walk || run.state != plain_[place].follows ||
        run.enter != kNoEvent) {
      disturb(e);
      run = {.walk = walk, .epoch = epoch_};
      whose_[e.cpu] = e.on;
    }
    run.enter = i;
    run.slot = next_;
    item(i);
  }

  void exit(std::uint32_t i, const Event& e) {
    Run& run = runs_[e.on];
    const std::uint32_t entered = std::exchange(run.enter, kNoEvent);
    if (entered == kNoEvent || run.epoch != epoch_ || !leaves(events_[entered], e) || is_tied())
      return other_callback(i, e);
    if (run.state == kNoState)
      // The first callback of a sequence is an item of its own, because a walk may begin or turn
      // back there.
      item(i);
    else
      add(run, entered, i, e);
    run.state = e.step;
  }

  bool leaves(const Event& enter, const Event& exit) const {
    const bool below =
        enter.value < enter.step && moves_first_[static_cast<std::size_t>(exit.role)];
    return exit.ret == 0 && exit.step == enter.step && exit.value == exit.step - (below ? 1 : 0) &&
           exit.cpu == enter.cpu && exit.role == enter.role;
  }

  /// Handles an event of a callback that is not plain.
  void other_callback(std::uint32_t i, const Event& e) {
    // To check_installs() this may be a call by a setup, which is about all CPUs.
    if (e.kind == EventKind::Exit && e.value > e.step) ++epoch_;
    disturb(e);
    item(i);
  }

  void add(Run& run, std::uint32_t enter, std::uint32_t exit, const Event& e) {
    std::vector<Stretch>& stretches = outline_.stretches_;
    if (run.stretch == kNoStretch) {
      run.stretch = static_cast<std::uint32_t>(stretches.size());
      *run.slot = Outline::Item::of_stretch(run.stretch);
      stretches.push_back({.first = enter,
                           .cpu = e.cpu,
                           .on = e.on,
                           .before = run.state,
                           .from = e.step,
                           .target = events_[enter].value,
                           .section = judged_.table.section(e.step),
                           .role = e.role,
                           .up = (run.walk & 1) != 0});
    } else if (run.slot + 1 == next_) {
      --next_;
    } else {
      *run.slot = {};
    }
    Stretch& s = stretches[run.stretch];
    s.last = exit;
    s.to = e.step;
    ++s.callbacks;
  }

  /// Handles a machine-wide event. Returns false when the run registers or removes states.
  bool machine_wide(std::uint32_t i, const Event& e) {
    if (e.kind == EventKind::Register || e.kind == EventKind::Unregister) return false;
    if (e.kind == EventKind::OpBegin && is_registration(stream_.names[e.name])) return false;
    if (e.kind == EventKind::StopBegin || e.kind == EventKind::StopEnd)
      stopped_ = e.kind == EventKind::StopBegin;
    ++epoch_;
    item(i);
    return true;
  }

  /// True for events whose order relative to the callbacks of any CPU matters to a check.
  static constexpr bool is_machine_wide(EventKind kind) {
    constexpr std::array kKinds{EventKind::OpBegin,  EventKind::OpEnd,      EventKind::StopBegin,
                                EventKind::StopEnd,  EventKind::Acquire,    EventKind::Unlock,
                                EventKind::Register, EventKind::Unregister, EventKind::Move};
    static_assert(kEventKinds <= 64);
    constexpr std::uint64_t bits = [kKinds] {
      std::uint64_t all = 0;
      for (const EventKind each : kKinds) all |= std::uint64_t{1} << static_cast<unsigned>(each);
      return all;
    }();
    return (bits >> static_cast<unsigned>(kind) & 1) != 0;
  }

  /// Ends two sequences of plain callbacks: that on the CPU that executes the event, and that for
  /// the CPU that the event is about. In designs where one CPU walks at a time and the others wait,
  /// any event ends the sequences of all CPUs.
  void disturb(const Event& e) {
    if (!async_) {
      ++epoch_;
      return;
    }
    if (e.on < cpus_) end(runs_[e.on]);
    if (e.cpu < cpus_ && whose_[e.cpu] != kNoCpu) end(runs_[std::exchange(whose_[e.cpu], kNoCpu)]);
  }
  static void end(Run& run) {
    run.epoch = 0;
    run.enter = kNoEvent;
  }

  /// True when another CPU has an event at the same time. In designs where one CPU walks and the
  /// others wait, the order of events with the same time is unknown.
  bool is_tied() {
    if (async_) return false;
    if (asked_ == date_) return tied_;
    asked_ = date_;
    tied_ = false;
    const Event& first = events_[date_];
    for (std::uint32_t i = date_ + 1; i < size_of_stream_ && events_[i].time == first.time; ++i)
      tied_ = tied_ || events_[i].on != first.on;
    return tied_;
  }

  const EventStream& stream_;
  const Judged& judged_;
  const PlainCallbacks& plain_;
  const Event* events_;
  std::uint32_t size_of_stream_;
  CpuId cpus_;
  bool async_;
  Outline outline_;
  Outline::Item* next_ = nullptr;  ///< where the next item is written
  std::vector<Run> runs_;          ///< by executing CPU
  /// By CPU that goes up or down: the CPU that executes its callbacks.
  std::vector<CpuId> whose_;
  std::array<bool, kRoles> moves_first_{};
  std::uint32_t epoch_ = 1;         ///< changes when all sequences end
  std::uint32_t date_ = 0;          ///< index of the first event with the present time
  std::uint32_t asked_ = kNoEvent;  ///< value of `date_` when `tied_` was computed
  bool tied_ = false;
  bool stopped_ = false;
};

const std::vector<std::uint32_t>& Outline::followers() const {
  if (!followers_.empty()) return followers_;
  followers_.resize(stream_.events.size());
  std::vector<std::uint32_t> next(stream_.nr_cpus, kNoEvent);
  for (std::size_t i = stream_.events.size(); i-- > 0;) {
    std::uint32_t& following = next[stream_.events[i].on];
    followers_[i] = std::exchange(following, static_cast<std::uint32_t>(i));
  }
  return followers_;
}

Outline outline_by_events(const EventStream& stream) {
  Outline outline(stream);
  outline.items_.resize(stream.events.size());
  for (std::uint32_t i = 0; i < stream.events.size(); ++i)
    outline.items_[i] = Outline::Item::of_event(i);
  const auto earlier = [](const Event& a, const Event& b) { return a.time < b.time; };
  outline.ascends_ = std::is_sorted(stream.events.begin(), stream.events.end(), earlier);
  return outline;
}

namespace {

constexpr std::uint16_t bit(Role role) {
  return static_cast<std::uint16_t>(1u << static_cast<unsigned>(role));
}

/// Returns the roles that may run a callback of the section (check_executors()), one bit each.
std::uint16_t roles_of(Section section, bool up) {
  if (section == Section::Starting) return bit(up ? Role::ApBoot : Role::Stopper);
  if (section == Section::Online) return bit(Role::CpuhpThread);
  std::uint16_t roles = 0;
  for (std::size_t role = 0; role < kRoles; ++role)
    if (!is_thread(static_cast<Role>(role))) roles |= bit(static_cast<Role>(role));
  return roles;
}

}  // namespace

PlainCallbacks plain_callbacks(const StateTable& table, const CallbackTable& callbacks,
                               const StepNames& names) {
  const Anchors& at = table.anchors();
  PlainCallbacks plain(table.all().size() * 2);
  const auto add = [&](const State& s, bool up, StateId& before) {
    if (!callbacks.at(s.id, up).calls()) return;
    PlainCallback& p = plain[CallbackTable::index(s.id, up)];
    p.follows = before;
    p.own = table.section(s.id) != Section::Prepare;
    p.roles = roles_of(table.section(s.id), up);
    before = s.id;
    const bool assumed = up ? s.startup_assumed : s.teardown_assumed;
    const bool bracket = s.id == at.bringup || s.id == at.teardown || s.id == at.kick_ap;
    const StepNames::Pair& pair = names.at(s.id);
    // The symbol alone tells the direction of a call, so startup and teardown must differ.
    if (!s.multi && !assumed && !bracket && pair.startup != pair.teardown) p.name = pair.of(up);
  };
  for (const bool up : {true, false}) {
    // STARTING callbacks follow one another in a walk of their own. In other walks the callback
    // before STARTING is followed by the one after it.
    StateId before = kNoState, starting = kNoState;
    for (std::size_t i = 0; i < table.all().size(); ++i) {
      const State& s = table.all()[up ? i : table.all().size() - 1 - i];
      add(s, up, table.section(s.id) == Section::Starting ? starting : before);
    }
  }
  return plain;
}

Outline outline_of(const EventStream& stream, const Judged& judged) {
  const bool traced = judged.traced_only || !judged.marks.empty();
  if (traced || judged.notifier) return outline_by_events(stream);
  if (judged.plain != nullptr && judged.names == stream.names.base())
    return Outliner(stream, judged, *judged.plain).run();
  StepNames names = step_names(stream.names, judged.table);
  const PlainCallbacks plain = plain_callbacks(judged.table, CallbackTable(judged, true), names);
  Outline outline = Outliner(stream, judged, plain).run();
  // An outline without stretches may belong to a run that registers or removes states. The checks
  // then change the table, and look the names up again.
  if (!outline.stretches_.empty()) outline.names_ = std::move(names);
  return outline;
}

}  // namespace cpuhp
