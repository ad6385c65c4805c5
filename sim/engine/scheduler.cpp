#include "sim/engine/scheduler.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "model/random.hpp"

namespace cpuhp {

struct Task {
  CpuId home = 0;            ///< CPU on which it was started
  std::uint32_t number = 0;  ///< index among all tasks started there
  CpuId cpu = 0;             ///< CPU on which it is scheduled
  Role role = Role::Other;
  /// CPU on which it executes. In stop_machine(), the task acts as the stopper of another CPU.
  CpuId as_cpu = 0;
  Role as_role = Role::Other;
  Action body;
  Action rest;                     ///< rest of its body, when it has left its stack
  Stacks::Stack* stack = nullptr;  ///< nullptr before it starts
  void* worker = nullptr;
  Task* next = nullptr;
  WaitFor wait;
  Ns since{};
  CpuId moved_from = kNoCpu;  ///< CPU on which it woke, but could not stay
  /// Number of the task's latest wait. When another task reuses this object, the count continues.
  /// So a queue entry for an old wait has a smaller number.
  std::uint32_t seq = 0;
  bool waiting = false;
  bool signalled = false;
  bool timed_out = false;
  bool counted_asleep = false;
  bool alive = false;
  Waits waits = Waits::Perhaps;
  // In a run with an order:
  std::uint64_t who = 0;
  std::uint32_t made = 0;         ///< number of tasks and messages that it has made
  Touch point;                    ///< what it touches at its next point
  bool sleeps = false;            ///< its wait ends by itself: the date is no deadline
  std::optional<Touch> looks_at;  ///< it sleeps until that is written
};

namespace {

/// Ends the process at a bug of the simulator, even in release builds, because a wrong run must not
/// give a result (docs/internals.md "Determinism").
[[noreturn]] void bug(const char* what) {
  std::fprintf(stderr,
               "cpuhp-sim: internal error: %s\n"
               "cpuhp-sim: this is a bug of cpuhp-sim; please report it with the command and its "
               "files\n",
               what);
  std::exit(70);
}

void ensure(bool ok, const char* what) {
  if (!ok) bug(what);
}

/// Stands for a task that the simulation has ended already, at a time later than the clock. The
/// task's CPU stays occupied until the clock has come to that time.
Task ended_task;
Task* const kEnded = &ended_task;

Touch writes_task(std::uint64_t who) {
  return {Object::Task, true, kNoCpu, static_cast<NameId>(who >> 32)};
}

struct Later {
  template <typename E>
  bool operator()(const E& a, const E& b) const {
    return b.before(a);
  }
};

}  // namespace

Scheduler::Scheduler(Stacks& stacks) : stacks_(stacks) {}

Scheduler::~Scheduler() {
  // Each idle worker ends, and switches back to the root stack, on which this destructor runs.
  quitting_ = true;
  root_ = stacks_.current();
  for (auto& w : workers_) stacks_.switch_to(w->stack, s_.clock);
}

void Scheduler::begin(const SchedulerConfig& config) {
  State last = std::exchange(s_, State{});
  s_.config = config;
  const auto keep_memory = [&](auto member) {
    (last.*member).clear();
    (s_.*member).swap(last.*member);
  };
  keep_memory(&State::cpus);
  keep_memory(&State::heap);
  keep_memory(&State::actions);
  keep_memory(&State::free_actions);
  keep_memory(&State::posted);
  keep_memory(&State::ready);
  keep_memory(&State::ready_entries);
  keep_memory(&State::ahead);
  s_.tasks.swap(last.tasks);
  for (const auto& t : s_.tasks) {
    *t = {};
    s_.free_tasks.push_back(t.get());
  }
  s_.cpus.resize(config.cpus);
  s_.background_left = config.background;
  exact_ = config.exact;
  explored_ = config.order != nullptr;
  while (logs_.size() > config.cpus) logs_.pop_back();
  while (logs_.size() < config.cpus) logs_.emplace_back(&event_memory_);
  for (CpuLog& log : logs_) log.clear();
  s_.hand_out_at = config.take_final ? event_memory_.held() + config.part : SIZE_MAX;
}

RunOutcome Scheduler::run(const SchedulerConfig& config, const Action& setup) {
  begin(config);
  return run_all(setup, nullptr);
}

/// `first`: the task that runs at the begin, if there is one.
RunOutcome Scheduler::run_all(const Action& setup, Task* first) {
  root_ = stacks_.current();
  const std::uint64_t events_before = stacks_.engine_events();
  enter_cpu(s_.config.boot_cpu, Role::Other, s_.clock);
  setup();
  Worker* w = idle_worker();
  w->assigned = first;
  switch_from(nullptr, w->stack);
  RunOutcome out;
  if (s_.panic || s_.stop_open) forget_what_ran_ahead();
  unwind(out);
  if (s_.error) std::rethrow_exception(s_.error);
  out.panic = s_.panic;
  close_ledgers(out);
  out.engine_events = stacks_.engine_events() - events_before;
  return out;
}

// ------------------------------------------------------------------------------ the queue

void Scheduler::push(Ns time, Prio prio, CpuId cpu, const What& what) {
  Cpu& c = s_.cpus[cpu];
  Entry e{};
  e.time = time;
  e.key = std::uint64_t{static_cast<std::uint8_t>(prio)} << 56 | std::uint64_t{cpu} << 32 |
          c.sequence[static_cast<std::size_t>(prio)]++;
  e.task = what.task;
  e.seq = what.seq;
  e.action = what.action;
  e.kind = what.kind;
  e.role = what.role;
  e.owned = what.owned;
  e.made_in = static_cast<std::uint32_t>(s_.turns);
  if (e.owned) {
    if (c.owned++ == 0) {
      c.ahead_index = static_cast<std::uint32_t>(s_.ahead.size());
      s_.ahead.push_back(cpu);
    }
    e.freezes = static_cast<std::uint32_t>(c.freezes.size());
  }
  repush(e, time);
}

void Scheduler::repush(Entry e, Ns time) {
  if (s_.heap.size() >= s_.sweep_at) sweep();
  e.time = time;
  s_.heap.push_back(e);
  std::push_heap(s_.heap.begin(), s_.heap.end(), Later{});
}

Scheduler::Entry Scheduler::pop() {
  std::pop_heap(s_.heap.begin(), s_.heap.end(), Later{});
  const Entry e = s_.heap.back();
  s_.heap.pop_back();
  return e;
}

std::uint32_t Scheduler::keep(Action action) {
  if (explored_) s_.posted.resize(s_.actions.size() + 1);
  if (s_.free_actions.empty()) {
    s_.actions.push_back(std::move(action));
    if (explored_) s_.posted.back() = new_one();
    return static_cast<std::uint32_t>(s_.actions.size() - 1);
  }
  const std::uint32_t index = s_.free_actions.back();
  s_.free_actions.pop_back();
  s_.actions[index] = std::move(action);
  if (explored_) s_.posted[index] = new_one();
  return index;
}

/// Removes stale entries from the queue. Otherwise the deadlines of finished waits would stay until
/// their time comes. In a boot, with one wait for each CPU, they would be most of the queue.
void Scheduler::sweep() {
  std::erase_if(s_.heap, [](const Entry& e) { return stale(e); });
  std::make_heap(s_.heap.begin(), s_.heap.end(), Later{});
  s_.sweep_at = std::max(kSweptMin, 2 * s_.heap.size());
}

bool Scheduler::stale(const Entry& e) {
  if (e.kind == Kind::Wake) return !e.task->waiting || e.task->seq != e.seq;
  if (e.kind == Kind::Timeout) return !e.task->waiting || e.task->seq != e.seq || e.task->signalled;
  return false;
}

void Scheduler::disown(CpuId cpu) {
  Cpu& c = s_.cpus[cpu];
  if (--c.owned > 0) return;
  c.freezes.clear();
  s_.cpus[s_.ahead.back()].ahead_index = c.ahead_index;
  s_.ahead[c.ahead_index] = s_.ahead.back();
  s_.ahead.pop_back();
}

/// True when nothing is left to happen: only tasks in idle waits (WaitFor::idle) have deadlines.
bool Scheduler::all_is_done() const {
  const auto idles = [](const Entry& e) { return e.kind == Kind::Timeout && e.task->wait.idle; };
  const auto matters = [&](const Entry& e) { return !stale(e) && !idles(e); };
  if (explored_) return std::ranges::none_of(s_.heap, matters);
  if (s_.heap.empty()) return true;
  return idles(s_.heap.front()) && std::ranges::none_of(s_.heap, matters);
}

/// Delays an entry of a CPU's running task by the time that the CPU has lost to interrupts. Returns
/// false when the entry went back into the queue.
bool Scheduler::settled(Entry& e) {
  if (!e.owned) return true;
  Cpu& c = s_.cpus[e.cpu()];
  Ns time = e.time;
  for (; e.freezes < c.freezes.size(); ++e.freezes)
    if (time > c.freezes[e.freezes].from) time += c.freezes[e.freezes].length;
  if (time != e.time) {
    repush(e, time);
    return false;
  }
  disown(e.cpu());
  return true;
}

/// Delays an entry while its CPU is stopped by stop_machine() or runs an interrupt handler. The CPU
/// then takes neither its next task nor an interrupt.
bool Scheduler::postponed(const Entry& e) {
  const bool own_step = e.kind == Kind::Resume && !e.owned;  // a step of a stopper
  const bool hardware = e.kind == Kind::Run && !e.owned;
  if (own_step || hardware) return false;
  const Cpu& c = s_.cpus[e.cpu()];
  const bool after_stop = e.time > s_.stop_from || e.kind == Kind::Interrupt;
  const bool stands = stops_with_others(c) || e.cpu() == s_.stop_victim;
  if (s_.stop_open && stands && after_stop) {
    s_.held.push_back(e);
    return true;
  }
  if (e.owned) return false;
  Ns until = c.frozen_until;
  if (stands) until = std::max(until, s_.stop_until);
  if (e.time >= until) return false;
  repush(e, until);
  return true;
}

// ------------------------------------------------------------------------------ a run with an order

namespace {

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) { return mix64(a ^ mix64(b + 1)); }

}  // namespace

/// Returns a number for a task or a message that the running turn makes.
std::uint64_t Scheduler::new_one() {
  Task* const maker = s_.current != nullptr ? s_.current : s_.maker;
  if (maker != nullptr) return mixed(maker->who, maker->made++);
  return mixed(s_.acting, s_.acting_made++);
}

std::uint64_t Scheduler::who(const Entry& e) const {
  switch (e.kind) {
    case Kind::Resume:
    case Kind::Wake:
    case Kind::Timeout:
      return e.task->who;
    case Kind::Free:
      return mixed(0, std::uint64_t{1} << 32 | e.cpu());
    case Kind::Run:
    case Kind::Interrupt:
      return s_.posted[e.action];
  }
  return 0;
}

/// True unless its CPU is stopped.
bool Scheduler::can_happen(const Entry& e) const {
  if (!s_.stop_open) return true;
  const bool own_step = e.kind == Kind::Resume && !e.owned;
  const bool hardware = e.kind == Kind::Run && !e.owned;
  if (own_step || hardware) return true;
  const Cpu& c = s_.cpus[e.cpu()];
  return !stops_with_others(c) && e.cpu() != s_.stop_victim;
}

/// Returns the date at which it happens if it is next.
Ns Scheduler::earliest(const Entry& e) const {
  if (e.kind == Kind::Timeout && e.task->wait.rests) return s_.clock + 1_ns;
  const Cpu& c = s_.cpus[e.cpu()];
  Ns time = e.time;
  if (e.owned)
    for (std::size_t i = e.freezes; i < c.freezes.size(); ++i)
      if (time > c.freezes[i].from) time += c.freezes[i].length;
  const bool own_step = e.kind == Kind::Resume && !e.owned;
  const bool hardware = e.kind == Kind::Run && !e.owned;
  if (!own_step && !hardware && (!e.owned || time < s_.clock)) {
    time = std::max(time, c.frozen_until);
    if (stops_with_others(c) || e.cpu() == s_.stop_victim) time = std::max(time, s_.stop_until);
  }
  // A turn may depend on the last one. Among events of one date, the stream goes by the CPU.
  return std::max(time, e.cpu() == s_.turn_cpu ? s_.clock : s_.clock + 1_ns);
}

/// Lets the order choose what happens next. Whatever was due before happens later than that. Returns
/// false when nothing can happen.
bool Scheduler::take_turn(Entry* taken) {
  if (s_.ended) {
    s_.heap.clear();
    return false;
  }
  std::erase_if(s_.heap, [](const Entry& e) { return stale(e); });
  std::vector<std::size_t>& all = s_.ready_entries;
  const auto collect = [&](auto wanted) {
    all.clear();
    for (std::size_t i = 0; i < s_.heap.size(); ++i)
      if (can_happen(s_.heap[i]) && wanted(s_.heap[i])) all.push_back(i);
  };
  const auto is_deadline = [this](const Entry& e) {
    if (e.kind != Kind::Timeout || e.task->sleeps) return false;
    return !s_.config.timeouts || e.task->wait.idle || e.task->wait.rests || e.task->looks_at;
  };
  collect([&](const Entry& e) { return !is_deadline(e); });
  bool deadlines = false;
  if (all.empty()) {
    deadlines = true;
    collect([](const Entry& e) { return !e.task->wait.idle && !e.task->wait.rests; });
    if (all.empty()) collect([](const Entry& e) { return !e.task->wait.idle; });
  }
  if (all.empty()) {  // the stopped CPUs wait for one that never comes
    s_.heap.clear();
    return false;
  }
  std::ranges::sort(all, [&](std::size_t a, std::size_t b) {
    const Entry &x = s_.heap[a], &y = s_.heap[b];
    const Ns of_x = earliest(x), of_y = earliest(y);
    return of_x != of_y ? of_x < of_y : x.key < y.key;
  });
  s_.ready.clear();
  for (const std::size_t i : all) {
    const Entry& e = s_.heap[i];
    const Touch first = e.kind == Kind::Resume ? e.task->point
                        : e.kind == Kind::Run || e.kind == Kind::Interrupt
                            ? Touch{}
                            : writes(Object::RunQueue, e.cpu());
    s_.ready.push_back({who(e), e.made_in, e.cpu(), e.role, first, deadlines});
    if (e.task != nullptr) s_.ready.back().role = e.task->as_role;
  }
  const std::size_t chosen = s_.config.order->choose(s_.ready);
  if (chosen == kNoTurn) {
    s_.heap.clear();
    return false;
  }
  ensure(chosen < all.size(), "an order has chosen what cannot happen");
  *taken = s_.heap[all[chosen]];
  taken->time = earliest(*taken);
  for (std::size_t i = 0; i < chosen; ++i) {
    Entry& passed = s_.heap[all[i]];
    passed.time = std::max(passed.time, taken->time + 1_ns);
  }
  s_.heap.erase(s_.heap.begin() + static_cast<std::ptrdiff_t>(all[chosen]));
  if (taken->owned) disown(taken->cpu());
  s_.current = nullptr;
  s_.turn_cpu = taken->cpu();
  s_.maker = taken->task;
  s_.acting = who(*taken);
  s_.acting_made = 0;
  if (deadlines) note(writes(Object::Everything));
  if (!deadlines && taken->kind == Kind::Timeout && !taken->task->sleeps)
    note({Object::Completion, true, taken->task->wait.cpu, taken->task->wait.what});
  return true;
}

/// Lets others go first, and then touches `what`.
void Scheduler::let_others_go(const Touch& what) {
  Task* const t = s_.current;
  if (t == nullptr) return touch(what);  // an action is a part of somebody's turn
  t->point = what;
  resume_here(Prio::Step);
  if (drain(t) == nullptr) throw Unwind{};
  touch(what);
}

void Scheduler::note(const Touch& what) {
  if (s_.unwinding) return;
  s_.config.order->touched(what);
  if (!what.writes) return;
  for (const auto& t : s_.tasks) {
    if (!t->alive || !t->waiting || t->signalled || !t->looks_at || t.get() == s_.current) continue;
    const Touch& at = *t->looks_at;
    if (at.object != what.object || at.name != what.name ||
        (at.cpu != what.cpu && at.cpu != kNoCpu && what.cpu != kNoCpu))
      continue;
    t->signalled = true;
    push(std::max(now_, s_.clock) + 1_ns, Prio::Wake, t->cpu,
         {.kind = Kind::Wake, .task = t.get(), .seq = t->seq});
  }
}

// ------------------------------------------------------------------------------ running

void Scheduler::enter_cpu(CpuId cpu, Role role, Ns date) {
  now_ = date;
  cpu_ = cpu;
  role_ = role;
  log_ = &logs_[cpu];
}

void Scheduler::enter(Task* t) {
  s_.current = t;
  touch(writes_task(t->who));
  enter_cpu(t->as_cpu, t->as_role, s_.clock);
}

/// Asks the code outside of the machine (SchedulerConfig::outside) for actions before the clock
/// advances. Asks again while the queue is empty.
void Scheduler::ask_outside() {
  while (s_.config.outside && (all_is_done() || s_.heap.front().time > s_.clock)) {
    s_.current = nullptr;
    enter_cpu(s_.config.boot_cpu, Role::Other, s_.clock);
    bool goes_on = false;
    try {
      goes_on = s_.config.outside(all_is_done() ? kNever : s_.heap.front().time);
    } catch (...) {
      s_.error = std::current_exception();
      s_.heap.clear();
    }
    if (!goes_on) s_.config.outside = nullptr;
    if (!all_is_done()) return;
  }
}

/// Gives away the events before the clock. Those that ran ahead stay. During stop_machine() all
/// stay: the stop moves events of stopped CPUs, and its time is accounted for at its end.
void Scheduler::hand_out() {
  if (s_.stop_open || s_.clock < s_.stop_until) return;
  account(s_.config.boot_cpu, s_.clock);  // it may have done the last of its boot work
  s_.config.take_final(s_.clock);
  s_.hand_out_at = 2 * event_memory_.held() + s_.config.part;
}

/// Handles due entries on the caller's stack, until the task `self` may continue. For an idle
/// worker (self: nullptr), until a new task needs its stack. Returns nullptr when the run is over.
Task* Scheduler::drain(Task* self) {
  Worker* const me = this_worker_;
  while (true) {
    if (s_.config.outside && !s_.unwinding) ask_outside();
    if (event_memory_.held() > s_.hand_out_at && !s_.unwinding) hand_out();
    if (s_.unwinding || all_is_done()) {
      if (self == nullptr) idle_workers_.push_back(me);
      switch_from(me, root_);
    } else if (++s_.turns > s_.config.max_turns) {
      s_.error = std::make_exception_ptr(EndlessRun());
      s_.heap.clear();
      continue;
    } else {
      Entry e;
      if (explored_) {
        if (!take_turn(&e)) continue;
      } else {
        e = pop();
        if (stale(e) || postponed(e) || !settled(e)) continue;
      }
      s_.clock = e.time;
      Task* next = act(e);
      if (next == nullptr) continue;
      if (next == self) {
        enter(self);
        if (exact_ && e.kind == Kind::Resume) stacks_.switch_to(me->stack, s_.clock);
        return self;
      }
      if (self == nullptr && next->stack == nullptr) return next;
      if (next->stack == nullptr && next->waits == Waits::Never) {
        run_body(next);  // on the stack of a waiting task, which continues after `next`
        continue;
      }
      if (self == nullptr) idle_workers_.push_back(me);
      hand_over(next, self);
    }
    if (self != nullptr) return s_.unwinding ? nullptr : self;
    if (quitting_) return nullptr;
    if (me->assigned != nullptr) return std::exchange(me->assigned, nullptr);
  }
}

bool Scheduler::hand_over(Task* next, Task*) {
  Worker* const me = this_worker_;
  if (next->stack == nullptr) {
    Worker* w = idle_worker();
    w->assigned = next;
    switch_from(me, w->stack);
  } else {
    enter(next);
    switch_from(me, next->stack);
  }
  return true;
}

void Scheduler::switch_from(Worker* me, Stacks::Stack* to) {
  stacks_.switch_to(to, s_.clock);
  this_worker_ = me;
}

Task* Scheduler::act(const Entry& e) {
  switch (e.kind) {
    case Kind::Resume:
      return e.task;
    case Kind::Wake:
    case Kind::Timeout:
      return end_wait(e);
    case Kind::Free: {
      Cpu& c = s_.cpus[e.cpu()];
      if (e.owned && c.occupant == kEnded) {
        c.occupant = nullptr;
        set_mode(e.cpu(), Mode::Idle);
      }
      return c.occupant == nullptr ? next_on(e.cpu()) : nullptr;
    }
    case Kind::Run:
    case Kind::Interrupt:
      run_action(e);
      return nullptr;
  }
  return nullptr;
}

Task* Scheduler::end_wait(const Entry& e) {
  Task* t = e.task;
  t->waiting = false;
  if (e.kind == Kind::Timeout) t->timed_out = true;
  if (t->wait.mode == WaitMode::Spinning) {
    set_mode(t->cpu, Mode::Running);
    return t;
  }
  if (t->counted_asleep) {
    account(t->cpu, s_.clock);
    --s_.cpus[t->cpu].sleepers;
    t->counted_asleep = false;
  }
  return falls_back(t) ? nullptr : make_runnable(t);
}

/// When a task's own CPU is not active, returns the CPU on which the task continues: the first
/// active CPU, else its own CPU if that is online, else another online CPU.
CpuId Scheduler::place_for(const Task* t) {
  touch(reads(Object::Active));
  touch(reads(Object::Online));
  const auto first = [&](auto fits) {
    const auto it = std::find_if(s_.cpus.begin(), s_.cpus.end(), fits);
    return it == s_.cpus.end() ? kNoCpu : static_cast<CpuId>(it - s_.cpus.begin());
  };
  const auto online = [](const Cpu& c) { return c.stoppable_since != kNever; };
  if (const CpuId to = first([](const Cpu& c) { return c.active; }); to != kNoCpu) return to;
  if (online(s_.cpus[t->cpu])) return t->cpu;
  const CpuId to = first(online);
  return to == kNoCpu ? t->cpu : to;
}

/// Makes a task that can't stay on its CPU runnable on another one. When there is none, the kernel
/// panics. Returns false when the task stays.
bool Scheduler::falls_back(Task* t) {
  if (!is_general(t->role)) return false;
  touch(reads(Object::Active, t->cpu));
  if (s_.cpus[t->cpu].active) return false;
  const CpuId to = place_for(t);
  if (!s_.cpus[to].active && t->role == Role::Control && s_.nowhere) {
    t->waiting = true;
    s_.maker = t;
    push(s_.clock, Prio::Arbitrate, t->cpu,
         {.kind = Kind::Run,
          .action = keep([this, cpu = t->cpu] { s_.nowhere(cpu); }),
          .role = t->role});
    return true;
  }
  if (to == t->cpu) return false;
  if (t->moved_from == kNoCpu) t->moved_from = t->cpu;
  t->cpu = t->as_cpu = to;
  t->waiting = t->signalled = true;
  push(s_.clock + 1_ns, Prio::Wake, t->cpu, {.kind = Kind::Wake, .task = t, .seq = t->seq});
  return true;
}

/// Emits a Move event when a task wakes on another CPU than the one on which it fell asleep.
void Scheduler::tell_move(Task* t) {
  if (t->moved_from == kNoCpu) return;
  const CpuId from = std::exchange(t->moved_from, kNoCpu);
  emit({.cpu = from,
        .ret = static_cast<int>(t->cpu),
        .instance = t->wait.instance,
        .kind = EventKind::Move});
}

void Scheduler::run_action(const Entry& e) {
  Action action = std::move(s_.actions[e.action]);
  s_.actions[e.action] = nullptr;
  s_.free_actions.push_back(e.action);
  s_.current = nullptr;
  enter_cpu(e.cpu(), e.role, s_.clock);
  CpuLog& log = logs_[e.cpu()];
  const std::size_t logged = log.size();
  try {
    action();
  } catch (const SimulatedPanic& p) {
    s_.panic = p.why;
    touch(writes(Object::Everything));
  } catch (...) {
    s_.error = std::current_exception();
  }
  // The CPU may be ahead of the clock. Then its log has later events, and the action's events are
  // moved to before these. Among equal times, events of hardware come before those of tasks.
  const bool hardware = e.prio() == Prio::Hardware;
  log.settle(logged, [hardware](const Event& at_same_date) {
    return hardware && at_same_date.role != Role::Irq;
  });
  if (s_.panic || s_.error) s_.heap.clear();
}

Scheduler::Worker* Scheduler::idle_worker() {
  if (idle_workers_.empty()) {
    workers_.push_back(std::make_unique<Worker>());
    Worker* w = workers_.back().get();
    w->stack = stacks_.create([this, w] { worker_main(w); });
    return w;
  }
  Worker* w = idle_workers_.back();
  idle_workers_.pop_back();
  return w;
}

void Scheduler::worker_main(Worker* w) {
  while (!quitting_) {
    this_worker_ = w;
    Task* t = std::exchange(w->assigned, nullptr);
    if (t == nullptr) t = drain(nullptr);
    while (t != nullptr) {
      run_body(t);
      t = drain(nullptr);
    }
  }
  stacks_.finish_into(root_, s_.clock);
}

void Scheduler::run_body(Task* t) {
  t->stack = this_worker_->stack;
  t->worker = this_worker_;
  t->moved_from = kNoCpu;  // the task has not run before
  enter(t);
  bool ended = false;
  try {
    t->body();
    ended = true;
  } catch (const Unwind&) {
  } catch (const SimulatedPanic& p) {
    s_.panic = p.why;
    touch(writes(Object::Everything));
  } catch (...) {
    s_.error = std::current_exception();
  }
  // The task ends only here: a switch of stacks within a catch block would mix up the exceptions of
  // the tasks (docs/internals.md "The engine").
  if (s_.panic || s_.error) s_.heap.clear();
  if (ended && t->rest) {
    leave_stack(t);
  } else if (ended && !s_.unwinding) {
    end_task(t);
  } else {
    t->alive = false;
    t->body = t->rest = nullptr;
    s_.free_tasks.push_back(t);
  }
}

/// Frees the task's stack. The rest of the task is queued, and may run on any stack.
void Scheduler::leave_stack(Task* t) {
  t->body = std::exchange(t->rest, nullptr);
  t->stack = nullptr;
  s_.current = nullptr;
}

void Scheduler::end_task(Task* t) {
  const CpuId cpu = t->cpu;
  if (now_ == s_.clock) {
    release_cpu(cpu);
  } else {
    s_.cpus[cpu].occupant = kEnded;
    push(now_, Prio::Free, cpu, {.kind = Kind::Free, .owned = true});
  }
  s_.current = nullptr;
  t->alive = false;
  t->body = nullptr;
  t->stack = nullptr;
  s_.free_tasks.push_back(t);
}

// ------------------------------------------------------------------------------ Runtime

/// True when no queued entry comes before the running task's time, so that the task may continue.
bool Scheduler::has_come_to(Prio prio) {
  const std::uint64_t key = std::uint64_t{static_cast<std::uint8_t>(prio)} << 56 |
                            std::uint64_t{cpu_} << 32 |
                            s_.cpus[cpu_].sequence[static_cast<std::size_t>(prio)];
  if (!s_.heap.empty() &&
      (s_.heap.front().time < now_ || (s_.heap.front().time == now_ && s_.heap.front().key < key)))
    return false;
  s_.clock = now_;
  return true;
}

/// Queues the running task, to continue at its own time. `works`: it has spent the time until then,
/// so that interruptions of its CPU delay it.
void Scheduler::resume_here(Prio prio, bool works) {
  Task* t = s_.current;
  if (t == nullptr) bug("only a task may work or wait");
  ensure(t->waits == Waits::Perhaps || t->rest, "a task that must never wait tried to wait");
  const bool stopper = t->as_cpu != t->cpu || t->as_role != t->role;
  push(now_, prio, cpu_, {.kind = Kind::Resume, .task = t, .owned = works && !stopper});
}

void Scheduler::come_to(Prio prio, bool works) {
  if (!explored_ && has_come_to(prio)) return;
  resume_here(prio, works);
  if (drain(s_.current) == nullptr) throw Unwind{};
}

/// Like come_to(), but where the task would wait, it continues with `rest` as its new body. Returns
/// true when it need not wait.
bool Scheduler::come_to_or(Prio prio, const Action& rest) {
  ensure(s_.current != nullptr, "only a task may wait");
  if (has_come_to(prio)) return true;
  s_.current->rest = rest;
  resume_here(prio);
  return false;
}

void Scheduler::settle(const Touch& what, Settle why) {
  if (explored_) return let_others_go(what);
  if (now_ != s_.clock && !dropped(why)) come_to(Prio::Step);
}

void Scheduler::arrive(const Touch& what) {
  if (explored_) return settle(what, Settle::Lock);
  if (dropped(Settle::Lock)) return;
  settle(what, Settle::Other);
  come_to(Prio::Arbitrate);
}

bool Scheduler::settled_or(const Touch& what, const Action& rest) {
  if (explored_) {
    settle(what, Settle::Other);
    return true;
  }
  return now_ == s_.clock || dropped(Settle::Other) || come_to_or(Prio::Step, rest);
}

void Scheduler::arrive_then(const Touch& what, const Action& rest) {
  if (explored_) {
    settle(what, Settle::Lock);
    return rest();
  }
  if (dropped(Settle::Lock) || come_to_or(Prio::Arbitrate, rest)) rest();
}

/// A task on another task's stack leaves it, and continues on one of its own.
void Scheduler::may_wait_then(Action rest) {
  Task* const t = s_.current;
  ensure(t != nullptr, "only a task may wait");
  if (t->waits == Waits::Perhaps) return rest();
  t->rest = std::move(rest);
  resume_here(Prio::Step);
  t->waits = Waits::Perhaps;
}

void Scheduler::exact_work(Ns d) {
  now_ += d;
  resume_here(Prio::Step);
  if (drain(s_.current) == nullptr) throw Unwind{};
}

bool Scheduler::block(const WaitFor& wait, Ns deadline) {
  Task* t = s_.current;
  ensure(t != nullptr, "only a task may block");
  ensure(t->waits == Waits::Perhaps, "a task that must never wait tried to wait");
  if (s_.config.dropped) settle({}, Settle::Other);
  ensure(now_ == s_.clock, "block() without settle()");
  t->wait = wait;
  t->since = now_;
  t->waiting = true;
  t->signalled = t->timed_out = false;
  ++t->seq;
  if (deadline != kNever)
    push(std::max(deadline, now_), Prio::Timeout, t->cpu,
         {.kind = Kind::Timeout, .task = t, .seq = t->seq});
  if (wait.mode == WaitMode::Asleep) {
    account(t->cpu, s_.clock);
    if (!wait.idle) ++s_.cpus[t->cpu].sleepers;
    t->counted_asleep = !wait.idle;
    release_cpu(t->cpu);
  } else {
    set_mode(t->cpu, Mode::Spinning);
  }
  if (drain(t) == nullptr) throw Unwind{};
  t->sleeps = false;
  t->looks_at.reset();
  tell_move(t);
  return !t->timed_out;
}

void Scheduler::sleep(Ns d) {
  if (d.v <= 0) return;
  settle(writes(Object::RunQueue, cpu_), Settle::Other);
  s_.current->sleeps = true;
  block({}, now_ + d);
}

void Scheduler::come_to_rest() {
  settle(writes(Object::Everything), Settle::Other);
  block({.rests = true}, now_ + 1_ns);
}

void Scheduler::end_run() {
  s_.ended = true;
  s_.heap.clear();
}

void Scheduler::pause(Ns d, Ns until, const Touch& what) {
  if (!explored_) return sleep(d);
  // What it looks for may not happen between its last look and its sleep.
  s_.clock = now_ += 1_ns;
  s_.current->looks_at = what;
  block({}, until);
}

void Scheduler::wake(Task* task, Ns latency) {
  if (now_ != s_.clock) {
    post([this, task, latency] { wake(task, latency); });
    return;
  }
  if (!task->waiting || task->signalled) return;
  task->signalled = true;
  // A signal takes at least 1 ns, so that an effect is always later than its cause.
  const Ns at = now_ + std::max(latency, 1_ns);
  push(at, Prio::Wake, task->cpu, {.kind = Kind::Wake, .task = task, .seq = task->seq});
}

void Scheduler::publish(const Touch& what, Action action) {
  if (explored_) {
    now_ == s_.clock ? touch(what) : let_others_go(what);
    return action();
  }
  post(std::move(action));
}

/// Runs the action when every CPU has reached now().
void Scheduler::post(Action action) {
  if (now_ == s_.clock) {
    action();
    return;
  }
  const bool stopper = s_.current != nullptr && (s_.current->as_cpu != s_.current->cpu ||
                                                 s_.current->as_role != s_.current->role);
  push(now_, Prio::Step, cpu_,
       {.kind = Kind::Run, .action = keep(std::move(action)), .role = role_, .owned = !stopper});
}

void Scheduler::later(CpuId cpu, Role role, Ns delay, Action action) {
  if (now_ != s_.clock) {
    post([this, cpu, role, delay, action = std::move(action)]() mutable {
      later(cpu, role, delay, std::move(action));
    });
    return;
  }
  push(now_ + std::max(delay, 1_ns), Prio::Hardware, cpu,
       {.kind = Kind::Run, .action = keep(std::move(action)), .role = role});
}

Task* Scheduler::new_task() {
  if (s_.free_tasks.empty()) {
    s_.tasks.push_back(std::make_unique<Task>());
    return s_.tasks.back().get();
  }
  Task* const t = s_.free_tasks.back();
  s_.free_tasks.pop_back();
  return t;
}

void Scheduler::start(CpuId cpu, Role role, Ns latency, Action body, Waits waits) {
  if (!explored_ && now_ != s_.clock) {
    post([this, cpu, role, latency, body = std::move(body), waits]() mutable {
      start(cpu, role, latency, std::move(body), waits);
    });
    return;
  }
  Task* const t = new_task();
  t->home = t->cpu = t->as_cpu = cpu;
  t->number = s_.cpus[cpu].started++;
  t->role = t->as_role = role;
  t->body = std::move(body);
  t->stack = nullptr;
  t->wait = {};
  t->alive = t->waiting = t->signalled = true;
  t->counted_asleep = t->timed_out = false;
  t->moved_from = kNoCpu;
  t->sleeps = false;
  t->looks_at.reset();
  t->made = 0;
  if (explored_) t->who = new_one();
  // In exact mode each step is an engine event, so the task may wait at any step.
  t->waits = exact_ || explored_ || s_.config.dropped ? Waits::Perhaps : waits;
  ++t->seq;
  push(now_ + std::max(latency, 1_ns), Prio::Wake, cpu,
       {.kind = Kind::Wake, .task = t, .seq = t->seq});
}

void Scheduler::migrate(CpuId cpu, Ns latency) {
  settle(writes(Object::RunQueue, cpu_), Settle::Other);
  Task* t = s_.current;
  ensure(t != nullptr, "only a task may migrate");
  t->wait = {};
  t->since = now_;
  t->waiting = t->signalled = true;
  ++t->seq;
  release_cpu(t->cpu);
  t->cpu = t->as_cpu = cpu;
  push(now_ + std::max(latency, 1_ns), Prio::Wake, cpu,
       {.kind = Kind::Wake, .task = t, .seq = t->seq});
  if (drain(t) == nullptr) throw Unwind{};
  tell_move(t);
}

void Scheduler::set_active(CpuId cpu, bool on) { s_.cpus[cpu].active = on; }

void Scheduler::interrupt(CpuId cpu, const Interrupt& what, Action effect) {
  if (!explored_ && now_ != s_.clock) {
    post([this, cpu, what, effect = std::move(effect)] { interrupt(cpu, what, effect); });
    return;
  }
  Action handle = [this, cpu, what, effect = std::move(effect)] {
    handle_interrupt(cpu, what, effect);
  };
  push(now_ + std::max(what.latency, 1_ns), Prio::Freeze, cpu,
       {.kind = Kind::Interrupt, .action = keep(std::move(handle)), .role = Role::Irq});
}

void Scheduler::handle_interrupt(CpuId cpu, const Interrupt& what, Action effect) {
  freeze(cpu, s_.clock, what);
  Event e{.time = s_.clock, .cpu = cpu, .on = cpu, .name = what.why};
  e.kind = EventKind::Interrupt;
  e.role = Role::Irq;
  set_handler(e, what.handler);
  logs_[cpu].insert(e);
  push(s_.clock + std::max(what.handler, 1_ns), Prio::Hardware, cpu,
       {.kind = Kind::Run, .action = keep(std::move(effect)), .role = Role::Irq});
}

// ------------------------------------------------------------------------------ stop_machine()

void Scheduler::freeze(CpuId cpu, Ns from, const Interrupt& why) {
  Cpu& c = s_.cpus[cpu];
  account(cpu, from);
  add(cpu, why.burns ? CpuTime::Spinning : CpuTime::Useful, why.handler);
  c.handler_burns = why.burns;
  c.since = c.frozen_until = from + why.handler;
  s_.handlers_end = std::max(s_.handlers_end, c.frozen_until);
  if (c.owned == 0) return;
  c.freezes.push_back({from, why.handler});
  if (!dropped(Settle::Interrupt)) logs_[cpu].shift_tail(from, why.handler);
}

void Scheduler::stop_machine(CpuId victim, StopFor what, Action body) {
  settle(writes(Object::Stop), Settle::Other);
  if (!explored_) come_to(Prio::Freeze);
  Task* t = s_.current;
  // Stoppers run only after interrupt handlers have ended, and one after the other.
  for (Ns free{}; s_.stop_open || now_ < (free = std::max(s_.handlers_end, s_.stop_until));) {
    if (s_.stop_open) {
      s_.next_stoppers.push_back(t);
      if (drain(t) == nullptr) throw Unwind{};
    } else {
      now_ = free;
      come_to(Prio::Freeze, false);
    }
    if (explored_) touch(writes(Object::Stop));
  }
  account(s_.config.boot_cpu, s_.clock);
  account(victim, s_.clock);
  // CPU `victim` may have simulated events later than the clock. They must happen after
  // stop_machine(), so thaw_all() adds them again.
  std::vector<Event> tail;
  if (!dropped(Settle::Preemption)) tail = logs_[victim].take_tail(s_.clock);
  s_.stop_open = true;
  s_.stop_from = s_.clock;
  s_.stop_victim = victim;
  t->as_cpu = victim;
  t->as_role = Role::Stopper;
  enter(t);
  emit({.cpu = victim, .value = static_cast<std::int16_t>(what), .kind = EventKind::StopBegin});
  body();
  emit({.cpu = victim, .kind = EventKind::StopEnd});
  const Ns end = now_;
  t->as_cpu = t->cpu;
  t->as_role = t->role;
  cpu_ = t->cpu;
  role_ = t->role;
  log_ = &logs_[cpu_];
  s_.stop_until = end;
  thaw_all(victim, tail);
}

/// Ends the stop in the ledgers. To the victim its stopper's time is useful.
void Scheduler::close_stop() {
  const Ns length = s_.stop_until - s_.stop_from;
  s_.stops += length;
  s_.stop_open = false;
  for (const CpuId cpu : std::exchange(s_.late, {})) s_.cpus[cpu].stops_seen += length;
  Cpu& v = s_.cpus[s_.stop_victim];
  add(s_.stop_victim, CpuTime::Useful, length);
  v.since = s_.stop_until;
  v.stops_seen = s_.stops;
}

void Scheduler::thaw_all(CpuId victim, const std::vector<Event>& victim_tail) {
  const Ns length = s_.stop_until - s_.stop_from;
  close_stop();
  for (const CpuId cpu : s_.ahead) {
    Cpu& c = s_.cpus[cpu];
    if (!stops_with_others(c) && cpu != victim) continue;
    c.freezes.push_back({s_.stop_from, length});
    if (cpu != victim && !dropped(Settle::Stop)) logs_[cpu].shift_tail(s_.stop_from, length);
  }
  for (Event e : victim_tail) {
    e.time += length;
    logs_[victim].append(e);
  }
  std::vector<Entry> held;
  held.swap(s_.held);
  for (const Entry& e : held) repush(e, e.owned ? e.time : std::max(e.time, s_.stop_until));
  for (Task* const t : std::exchange(s_.next_stoppers, {}))
    push(s_.stop_until, Prio::Freeze, t->cpu, {.kind = Kind::Resume, .task = t});
}

void Scheduler::set_stoppable(CpuId cpu, bool on) {
  Cpu& c = s_.cpus[cpu];
  if (!s_.stop_open) account(cpu, s_.clock);
  c.stoppable_since = on ? now_ : kNever;
  c.stops_seen = s_.stops;
  if (on && s_.stop_open) s_.late.push_back(cpu);
}

void Scheduler::idle_spins(CpuId cpu, bool on) {
  account(cpu, s_.clock);
  s_.cpus[cpu].idle_spins = on;
}

// ------------------------------------------------------------------------------ CPUs

Task* Scheduler::make_runnable(Task* t) {
  touch(writes(Object::RunQueue, t->cpu));
  Cpu& c = s_.cpus[t->cpu];
  t->next = nullptr;
  if (c.occupant == nullptr && c.queue_head == nullptr) {
    set_mode(t->cpu, Mode::Running);
    c.occupant = t;
    return t;
  }
  (c.queue_head == nullptr ? c.queue_head : c.queue_tail->next) = t;
  c.queue_tail = t;
  return nullptr;
}

Task* Scheduler::next_on(CpuId cpu) {
  touch(writes(Object::RunQueue, cpu));
  Cpu& c = s_.cpus[cpu];
  Task* t = c.queue_head;
  if (t == nullptr) return nullptr;
  c.queue_head = t->next;
  if (falls_back(t)) {
    if (c.queue_head != nullptr) push(s_.clock, Prio::Free, cpu, {.kind = Kind::Free});
    return nullptr;
  }
  set_mode(cpu, Mode::Running);
  c.occupant = t;
  return t;
}

void Scheduler::release_cpu(CpuId cpu) {
  touch(writes(Object::RunQueue, cpu));
  Cpu& c = s_.cpus[cpu];
  c.occupant = nullptr;
  set_mode(cpu, Mode::Idle);
  if (c.queue_head != nullptr) push(s_.clock, Prio::Free, cpu, {.kind = Kind::Free});
}

void Scheduler::set_mode(CpuId cpu, Mode mode) {
  account(cpu, s_.clock);
  s_.cpus[cpu].mode = mode;
}

void Scheduler::account(CpuId cpu, Ns date) {
  Cpu& c = s_.cpus[cpu];
  // What a stop takes of a CPU's time is accounted for at its end.
  if (s_.stop_open && (stops_with_others(c) || cpu == s_.stop_victim))
    date = std::min(date, s_.stop_from);
  if (date < c.since) return;  // it handles an interrupt, whose time is accounted for
  if (date == c.since && s_.stops == c.stops_seen) return;
  const Ns stopped = c.stoppable_since != kNever ? s_.stops - c.stops_seen : Ns{};
  Ns spent = date - c.since - stopped;
  add(cpu, CpuTime::Stopped, stopped);
  if (c.mode == Mode::Running) {
    add(cpu, CpuTime::Useful, spent);
  } else if (c.mode == Mode::Spinning || c.idle_spins) {
    add(cpu, CpuTime::Spinning, spent);
  } else {
    if (cpu == s_.config.boot_cpu) {
      const Ns work = spend_background(c.since + stopped, spent);
      add(cpu, CpuTime::Useful, work);
      spent -= work;
    }
    add(cpu, c.sleepers > 0 ? CpuTime::Sleeping : CpuTime::Idle, spent);
  }
  c.since = date;
  c.stops_seen = s_.stops;
}

void Scheduler::add(CpuId cpu, CpuTime what, Ns length) {
  if (length == Ns{}) return;
  Ledger& l = s_.cpus[cpu].ledger;
  switch (what) {
    case CpuTime::Useful:
      l.useful += length;
      break;
    case CpuTime::Spinning:
      l.spinning += length;
      break;
    case CpuTime::Sleeping:
      l.sleeping += length;
      break;
    case CpuTime::Idle:
      l.idle += length;
      break;
    case CpuTime::Stopped:
      l.stopped += length;
      break;
  }
  if (cpu != s_.config.boot_cpu) return;
  const Ns end = (s_.boot_cpu_time.empty() ? Ns{} : s_.boot_cpu_time.back().until) + length;
  if (s_.boot_cpu_time.empty() || s_.boot_cpu_time.back().what != what)
    s_.boot_cpu_time.push_back({end, what});
  else
    s_.boot_cpu_time.back().until = end;
}

/// Lets other tasks work in the boot CPU's idle time, which begins at `idle_from` and lasts `spare`.
/// Returns how much of this time they used.
Ns Scheduler::spend_background(Ns idle_from, Ns spare) {
  const Ns work = std::min(s_.background_left, spare);
  if (work.v <= 0) return {};
  s_.background_left -= work;
  const CpuId cpu = s_.config.boot_cpu;
  if (s_.background_left == Ns{})
    logs_[cpu].insert({.time = idle_from + work,
                       .cpu = cpu,
                       .on = cpu,
                       .kind = EventKind::BackgroundDone,
                       .role = Role::Background});
  return work;
}

void Scheduler::boot_done() {
  account(s_.config.boot_cpu, s_.clock);
  if (!s_.at_boot) s_.at_boot = {s_.cpus[s_.config.boot_cpu].ledger, s_.background_left};
}

// ------------------------------------------------------------------------------ a live machine

std::vector<CpuSpan> Scheduler::control_cpu_time(Ns until) const {
  std::vector<CpuSpan> spans = s_.boot_cpu_time;
  if (spans.empty() || spans.back().until < until) spans.push_back({until, CpuTime::Idle});
  return spans;
}

Ledger Scheduler::ledger_at(CpuId cpu, Ns date) const {
  const Cpu& c = s_.cpus[cpu];
  Ledger l = c.ledger;
  Ns stopped{};
  if (c.stoppable_since != kNever) {
    stopped = s_.stops - c.stops_seen;
    if (s_.stop_open && cpu != s_.stop_victim && stops_with_others(c))
      stopped += date - std::max(s_.stop_from, c.since);
  }
  l.stopped += stopped;
  const Ns spent = date - c.since - stopped;
  if (c.mode == Mode::Running) {
    l.useful += spent;
  } else if (c.mode == Mode::Spinning || c.idle_spins) {
    l.spinning += spent;
  } else {
    const Ns work = cpu == s_.config.boot_cpu ? std::min(s_.background_left, spent) : Ns{};
    l.useful += work;
    (c.sleepers > 0 ? l.sleeping : l.idle) += spent - work;
  }
  return l;
}

void Scheduler::forget(const std::vector<std::size_t>& keep) {
  ensure(s_.heap.empty(), "forget() was called before the queue was empty");
  for (CpuId cpu = 0; cpu < s_.config.cpus; ++cpu) logs_[cpu].truncate(keep[cpu]);
  if (!s_.boot_cpu_time.empty())
    s_.boot_cpu_time = {{s_.boot_cpu_time.back().until, CpuTime::Idle}};
}

// ------------------------------------------------------------------------------ at rest

const char* Scheduler::unrest() const {
  const Task* const asker = s_.current;
  if (asker == nullptr || asker->as_cpu != asker->cpu || now_ != s_.clock)
    return "the task that asks has not come to the clock";
  for (const auto& t : s_.tasks)
    if (t->alive && t.get() != asker) return t->waiting ? "a task waits" : "another task is to run";
  if (!std::all_of(s_.heap.begin(), s_.heap.end(), stale)) return "something is still to happen";
  // In the stream, such an event may come between two events of the asker.
  for (CpuId cpu = 0; cpu < s_.config.cpus; ++cpu) {
    const CpuLog& log = logs_[cpu];
    if (cpu != cpu_ && log.size() > 0 && log[log.size() - 1].time == s_.clock)
      return "another CPU did something at this very time";
  }
  return nullptr;
}

RestingEngine Scheduler::at_rest() {
  account(s_.config.boot_cpu, s_.clock);  // the last of the background work may be done
  const Task& asker = *s_.current;
  return {
      {s_}, {s_.cpus.begin(), s_.cpus.end()}, {asker.home, asker.number, asker.cpu, asker.role}};
}

void Scheduler::forget() {
  for (CpuLog& log : logs_) log.clear();
}

RunOutcome Scheduler::go_on(const SchedulerConfig& config, const RestingEngine& from,
                            const Action& setup, Action rest) {
  begin(config);
  static_cast<Clockwork&>(s_) = from;
  for (CpuId cpu = 0; cpu < config.cpus; ++cpu)
    static_cast<RestingCpu&>(s_.cpus[cpu]) = from.cpus[cpu];
  Task* const t = new_task();
  t->home = from.asker.home;
  t->number = from.asker.number;
  t->cpu = t->as_cpu = from.asker.cpu;
  t->role = t->as_role = from.asker.role;
  t->alive = true;
  t->waits = Waits::Perhaps;
  t->body = std::move(rest);
  s_.cpus[t->cpu].occupant = t;
  return run_all(setup, t);
}

// ------------------------------------------------------------------------------ the end

/// Removes events that cannot happen any more, because the kernel has panicked or hangs in
/// stop_machine(). These are the events later than the clock and, on CPUs that are stopped, all
/// events after the begin of stop_machine().
void Scheduler::forget_what_ran_ahead() {
  for (CpuId cpu = 0; cpu < s_.config.cpus; ++cpu) {
    const bool stopped = s_.stop_open && cpu != s_.stop_victim && stops_with_others(s_.cpus[cpu]);
    logs_[cpu].take_tail(stopped ? s_.stop_from : s_.clock);
  }
}

/// Ends every unfinished task. The queue is empty, so each waiting task is a hang.
void Scheduler::unwind(RunOutcome& out) {
  s_.unwinding = true;
  std::vector<Task*> left;
  for (const auto& t : s_.tasks)
    if (t->alive) left.push_back(t.get());
  // This order depends on the run only, and not on which Task objects were reused.
  std::sort(left.begin(), left.end(), [](const Task* a, const Task* b) {
    return std::pair(a->home, a->number) < std::pair(b->home, b->number);
  });
  for (Task* t : left) {
    if (!s_.panic && !s_.error && t->waiting && !t->wait.idle && t->stack != nullptr)
      out.hung.push_back({t->cpu, t->role, t->wait, t->since});
    if (t->stack != nullptr) {
      s_.current = t;
      switch_from(nullptr, t->stack);
    } else {
      t->alive = false;
      s_.free_tasks.push_back(t);
    }
  }
  log_hangs(out.hung, s_.clock, logs_);
}

void Scheduler::close_ledgers(RunOutcome& out) {
  Ns end = s_.clock;
  // A machine that hangs or panics in stop_machine() stays stopped, its background work included.
  const bool stays_stopped = s_.stop_open;
  if (stays_stopped) {
    s_.stop_until = end;
    close_stop();
  }
  account(s_.config.boot_cpu, end);
  const Cpu& boot = s_.cpus[s_.config.boot_cpu];
  const bool idle = boot.mode == Mode::Idle && !boot.idle_spins;
  if (s_.background_left > Ns{} && idle && !s_.panic && !stays_stopped)
    end = std::max(end, boot.since + s_.background_left);
  out.end = end;
  out.ledgers.reserve(s_.config.cpus);
  for (CpuId cpu = 0; cpu < s_.config.cpus; ++cpu) {
    Cpu& c = s_.cpus[cpu];
    if (c.since > end) {  // a panic cuts an interrupt handler short
      add(cpu, c.handler_burns ? CpuTime::Spinning : CpuTime::Useful, end - c.since);
      c.since = end;
    }
    account(cpu, end);
    out.ledgers.push_back(s_.cpus[cpu].ledger);
  }
  out.boot_cpu_time = std::move(s_.boot_cpu_time);
  out.at_boot = s_.at_boot;
}

}  // namespace cpuhp
