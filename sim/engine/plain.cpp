// The plain engine: what a simulated CPU is, written straight on SimGrid. Slow; the fast engine
// (scheduler.cpp) is held against it (docs/internals.md "The plain engine").
//
// - A CPU is a host. A task is an actor on the host of its CPU.
// - CPU time is an execution, which an interrupt handler or a stopped machine suspends. What only
//   takes time (a latency, a deadline) is a timer of SimGrid.
// - One second of SimGrid's clock stands for one nanosecond, and hosts have 1 flop/s, so that its
//   doubles are exact integers.
// - Only the order of what falls on one date is ours: all that is due says so, and then acts in the
//   order of Prio, CPU and number. No two tasks run at once.
#include <algorithm>
#include <deque>
#include <map>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <tuple>

#include "sim/engine/engine.hpp"
#include "sim/engine/simgrid_module.hpp"

namespace cpuhp {
namespace {
namespace sg4 = simgrid::s4u;
using simgrid::kernel::timer::Timer;

/// A task. The model sees it as a Task, of which it knows nothing.
struct Thread {
  std::pair<CpuId, std::uint32_t> born;  ///< CPU on which it was started, and number there
  CpuId cpu = 0;                         ///< CPU to which it belongs now
  Role role = Role::Other;
  Action body;
  sg4::ActorPtr actor;  ///< nullptr before it runs for the first time, and after its end
  sg4::SemaphorePtr turn = sg4::Semaphore::create(0);
  bool executes = false;                  ///< it is spending CPU time
  WaitFor wait;                           ///< what it waits for, or waited for last
  Ns since{};                             ///< when that wait began
  std::uint64_t waits = 0, deadline = 0;  ///< waits so far; the timer that ends this one
  CpuId moved_from = kNoCpu;              ///< CPU on which it woke, but could not stay
  bool waiting = true, signalled = true;  ///< signalled: what ends its wait is on its way
  bool timed_out = false, sleeps = false;
};

/// Something that is due, and its place in the order of its date.
struct Due {
  Action act;
  bool needs_cpu = false;  ///< waits while the CPU handles an interrupt or is stopped
  bool idle = false;       ///< the deadline of an idle wait, for which no run goes on
  bool stops = false;      ///< waits while the machine is stopped: it stops it itself
};
using Place = std::tuple<Prio, CpuId, std::uint64_t>;
using Dues = std::map<Place, Due>;

struct Cpu {
  sg4::Host* host = nullptr;
  Thread* task = nullptr;     ///< the task that runs, or spins while it waits
  std::deque<Thread*> queue;  ///< tasks that could run; each runs until it waits asleep or ends
  std::uint32_t sleepers = 0, started = 0;  ///< tasks that wait asleep; that were started here
  bool active = false;                      ///< general tasks may run here
  bool stoppable = false;                   ///< online: stop_machine() stops it
  bool idle_spins = false, handler_burns = false;
  bool stopped = false;           ///< by stop_machine(); the victim, too
  std::optional<Ns> handler_end;  ///< while it handles an interrupt
  Dues postponed;                 ///< what came while it handled an interrupt or was stopped
  std::map<Prio, std::uint64_t> numbers;
  Ledger ledger;
  Ns since{};  ///< date up to which the ledger is complete
  bool takes_nothing() const { return stopped || handler_end; }
};

class PlainEngine final : public Engine {
 public:
  PlainEngine() { exact_ = true; }  // nobody is ever ahead of the clock

  // --- a CPU
  /// How the CPU spends its time now.
  CpuTime doing(CpuId cpu) const {
    const Cpu& c = cpus_[cpu];
    if (c.stopped) return cpu == victim_ ? CpuTime::Useful : CpuTime::Stopped;
    if (c.handler_end) return c.handler_burns ? CpuTime::Spinning : CpuTime::Useful;
    if (c.task != nullptr) return c.task->waiting ? CpuTime::Spinning : CpuTime::Useful;
    if (c.idle_spins) return CpuTime::Spinning;
    if (has_background(cpu)) return CpuTime::Useful;  // nothing else runs
    return c.sleepers > 0 ? CpuTime::Sleeping : CpuTime::Idle;
  }
  bool has_background(CpuId cpu) const { return cpu == config_.boot_cpu && background_; }
  /// Makes a change of what the CPU does: the time until now belongs to what it did before. Then
  /// whoever may have the CPU gets it, and who may not is suspended.
  template <typename Change>
  void change(CpuId cpu, Change what) {
    account(cpu);
    what(cpus_[cpu]);
    const Cpu& c = cpus_[cpu];
    const bool taken = c.takes_nothing();
    if (c.task != nullptr && c.task->executes && c.task != stopper_)
      if (hold(*c.task->actor, taken)) running_ += taken ? -1 : 1;
    if (has_background(cpu)) hold(*background_, taken || c.task != nullptr || c.idle_spins);
  }
  /// Suspends or resumes an actor that executes. Returns false when nothing changes. It does not
  /// suspend the execution itself, because after a resume() SimGrid 3.32 never suspends it again.
  static bool hold(sg4::Actor& actor, bool held) {
    if (actor.is_suspended() == held) return false;
    if (held) sg4::this_actor::yield();
    held ? actor.suspend() : actor.resume();
    return true;
  }
  void account(CpuId cpu) {
    Cpu& c = cpus_[cpu];
    const Ns length = now_ - std::exchange(c.since, now_);
    if (length == Ns{}) return;
    const CpuTime what = doing(cpu);
    Ledger& l = c.ledger;
    Ns* const parts[kCpuTimes] = {&l.useful, &l.spinning, &l.sleeping, &l.idle, &l.stopped};
    *parts[static_cast<std::size_t>(what)] += length;
    if (cpu != config_.boot_cpu) return;
    const bool other = c.takes_nothing() || c.task != nullptr || c.idle_spins;
    if (has_background(cpu) && !other) background_left_ -= length;
    if (out_.boot_cpu_time.empty() || out_.boot_cpu_time.back().what != what)
      out_.boot_cpu_time.push_back({now_, what});
    out_.boot_cpu_time.back().until = now_;
  }
  void set_active(CpuId cpu, bool on) override { cpus_[cpu].active = on; }
  void set_stoppable(CpuId cpu, bool on) override { cpus_[cpu].stoppable = on; }
  void idle_spins(CpuId cpu, bool on) override {
    change(cpu, [on](Cpu& c) { c.idle_spins = on; });
  }

  // --- dates
  Ns clock_date() const { return Ns{static_cast<std::int64_t>(sg4::Engine::get_clock())} - base_; }
  Place place(Prio prio, CpuId cpu) { return {prio, cpu, cpus_[cpu].numbers[prio]++}; }
  /// Calls the one who lets what is due act.
  void call() {
    if (!std::exchange(called_, true)) ready_->release();
  }
  /// Runs the action when SimGrid's clock comes to `date`, before the tasks that are due then.
  std::uint64_t set_timer(Ns date, const Action& action, bool idle = false) {
    const std::uint64_t id = ++last_timer_;
    const auto rings = [this, id, action] {
      timers_.erase(id);
      now_ = clock_date();
      action();
      call();
    };
    timers_[id] = {Timer::set(static_cast<double>((base_ + date).v), rings), idle};
    return id;
  }
  /// Lets something be due at a date, which is not over. Its place is taken now.
  std::uint64_t at(Ns date, Prio prio, CpuId cpu, Due due) {
    const Place its = place(prio, cpu);
    if (date > now_)
      return set_timer(
          date, [this, its, due] { due_.emplace(its, due); }, due.idle);
    due_.emplace(its, std::move(due));
    return 0;
  }
  /// True when nothing is left to happen, but for the deadlines of idle waits.
  bool all_is_done() const {
    return running_ == 0 &&
           std::ranges::all_of(timers_, [](const auto& t) { return t.second.idle; }) &&
           std::ranges::all_of(due_, [](const auto& due) { return due.second.idle; });
  }
  /// Waits until something is due, and until all have said so: after a timer, executions that end
  /// at the same date say it in the same round of SimGrid, and this actor comes in the next one.
  /// Then lets all that is due at this date act.
  void act() {
    ready_->acquire();
    sg4::this_actor::yield();
    called_ = false;
    now_ = clock_date();
    while (!due_.empty() && !end_ && !all_is_done()) {
      const auto next = due_.extract(due_.begin());
      const CpuId cpu = std::get<CpuId>(next.key());
      const bool held = next.mapped().needs_cpu && cpus_[cpu].takes_nothing();
      if (held || (next.mapped().stops && stopper_ != nullptr)) {
        cpus_[cpu].postponed.emplace(next.key(), next.mapped());
        continue;
      }
      if (++out_.engine_events > config_.max_turns) throw EndlessRun();
      out_.end = now_;
      next.mapped().act();
    }
  }

  // --- tasks
  void enter(CpuId cpu, Role role) {
    cpu_ = cpu;
    role_ = role;
    log_ = &logs_[cpu];
  }
  /// An action that runs on a CPU, whatever the CPU does.
  Due hardware(CpuId cpu, Role role, Action action) {
    return {[this, cpu, role, action = std::move(action)] {
      enter(cpu, role);
      action();
    }};
  }
  Task* current() override { return reinterpret_cast<Task*>(current_); }
  void start(CpuId cpu, Role role, Ns latency, Action body, Waits) override {
    tasks_.push_back(std::make_unique<Thread>(Thread{
        .born = {cpu, cpus_[cpu].started++}, .cpu = cpu, .role = role, .body = std::move(body)}));
    send_signal(*tasks_.back(), latency);
  }
  /// Lets a task go on until it spends time, waits or ends.
  void go_on(Thread& t) {
    current_ = &t;
    enter(t.cpu, t.role);
    if (&t == stopper_) enter(victim_, Role::Stopper);
    if (t.actor)
      t.turn->release();
    else
      t.actor = sg4::Actor::create("task", cpus_[t.cpu].host, [this, &t] { live(t); });
    back_->acquire();
    current_ = nullptr;
  }
  /// The running task gives its turn back until it is its turn again, perhaps on another CPU.
  void give_turn() {
    Thread& t = *current_;
    back_->release();
    t.turn->acquire();
    const CpuId from = std::exchange(t.moved_from, kNoCpu);
    const auto to = static_cast<std::int32_t>(t.cpu);
    if (from != kNoCpu)
      emit({.cpu = from, .ret = to, .instance = t.wait.instance, .kind = EventKind::Move});
  }
  /// The life of a task: what its actor runs.
  void live(Thread& t) {
    t.moved_from = kNoCpu;  // it has not run anywhere before
    try {
      t.body();
    } catch (const simgrid::ForcefulKillException&) {
      throw;  // the run is over
    } catch (...) {
      end_ = std::current_exception();
    }
    t.actor = nullptr;  // SimGrid frees its stack
    if (!end_) leave(t.cpu);
    back_->release();
  }
  void exact_work(Ns d) override {
    Thread& t = *current_;
    const Place its = place(Prio::Step, cpu_);
    const sg4::ExecPtr execution = sg4::this_actor::exec_async(static_cast<double>(d.v));
    t.executes = true;
    ++running_;
    back_->release();
    execution->wait();
    --running_;
    t.executes = false;
    due_.emplace(its, Due{[this, &t] { go_on(t); }});
    call();
    t.turn->acquire();
  }
  /// The running task goes on when it is its turn at that date.
  void come_to(Ns date, Prio prio, bool stops = false) {
    at(date, prio, cpu_, {.act = [this, t = current_] { go_on(*t); }, .stops = stops});
    give_turn();
  }
  void settle(const Touch&, Settle) override {}
  bool settled_or(const Touch&, const Action&) override { return true; }
  void arrive(const Touch&) override { come_to(now_, Prio::Arbitrate); }
  void arrive_then(const Touch&, const Action& rest) override {
    come_to(now_, Prio::Arbitrate);
    rest();
  }
  void may_wait_then(Action rest) override { rest(); }
  void publish(const Touch&, Action action) override { action(); }
  void later(CpuId cpu, Role role, Ns delay, Action action) override {
    at(now_ + std::max(delay, 1_ns), Prio::Hardware, cpu, hardware(cpu, role, std::move(action)));
  }

  // --- waits
  bool block(const WaitFor& wait, Ns deadline) override {
    Thread& t = *current_;
    begin_wait(t, wait);
    t.signalled = false;
    const auto time_out = [this, &t, number = t.waits] {
      if (!t.waiting || t.signalled || t.waits != number) return;
      t.timed_out = true;
      end_wait(t);
    };
    if (deadline != kNever)
      t.deadline = at(deadline, Prio::Timeout, t.cpu,
                      {.act = time_out, .needs_cpu = true, .idle = wait.idle});
    if (wait.mode == WaitMode::Asleep) {
      t.sleeps = !wait.idle;
      change(t.cpu, [&](Cpu& c) { c.sleepers += t.sleeps ? 1 : 0; });
      leave(t.cpu);
    }
    give_turn();
    return !t.timed_out;
  }
  void begin_wait(Thread& t, const WaitFor& wait) {
    change(t.cpu, [&](Cpu&) { t.waiting = true; });
    t.timed_out = false;
    t.wait = wait;
    t.since = now_;
    ++t.waits;
  }
  void pause(Ns d, Ns, const Touch&) override { sleep(d); }
  void note(const Touch&) override {}
  void let_others_go(const Touch&) override {}
  void sleep(Ns d) override {
    if (d.v > 0) block({}, now_ + d);
  }
  void wake(Task* task, Ns latency) override {
    Thread& t = *reinterpret_cast<Thread*>(task);
    if (!t.waiting || t.signalled) return;
    t.signalled = true;  // in time, even when the deadline passes before it arrives
    if (const auto timer = timers_.extract(t.deadline)) timer.mapped().timer->remove();
    send_signal(t, latency);
  }
  /// A signal takes at least 1 ns, so that an effect is always later than its cause.
  void send_signal(Thread& t, Ns latency) {
    at(now_ + std::max(latency, 1_ns), Prio::Wake, t.cpu, {[this, &t] { end_wait(t); }, true});
  }
  void end_wait(Thread& t) {
    change(t.cpu, [&](Cpu& c) {
      t.waiting = false;
      if (std::exchange(t.sleeps, false)) --c.sleepers;
    });
    Cpu& c = cpus_[t.cpu];
    if (c.task == &t) return go_on(t);  // it has spun
    if (goes_elsewhere(t)) return;
    if (c.task == nullptr && c.queue.empty()) return run_on(t.cpu, t);
    c.queue.push_back(&t);
  }
  void run_on(CpuId cpu, Thread& t) {
    change(cpu, [&](Cpu& c) { c.task = &t; });
    go_on(t);
  }
  /// The CPU's task ends, or sleeps. The next one runs when all that wake at this date are queued.
  void leave(CpuId cpu) {
    change(cpu, [](Cpu& c) { c.task = nullptr; });
    run_next(cpu);
  }
  void run_next(CpuId cpu) {
    if (cpus_[cpu].queue.empty()) return;
    const auto next = [this, cpu] {
      Cpu& c = cpus_[cpu];
      if (c.task != nullptr || c.queue.empty()) return;
      Thread& t = *c.queue.front();
      c.queue.pop_front();
      if (goes_elsewhere(t)) return run_next(cpu);
      run_on(cpu, t);
    };
    at(now_, Prio::Free, cpu, {next, true});
  }

  // --- places
  void when_nowhere(Nowhere what) override { nowhere_ = std::move(what); }
  void migrate(CpuId cpu, Ns latency) override {
    Thread& t = *current_;
    leave(t.cpu);
    begin_wait(t, {});
    t.signalled = true;
    move(t, cpu, latency);
    give_turn();
  }
  void move(Thread& t, CpuId to, Ns latency) {
    t.cpu = to;
    if (t.actor) t.actor->set_host(cpus_[to].host);
    send_signal(t, latency);
  }
  /// kernel: select_fallback_rq(). A general task that would run on a CPU that is not active moves
  /// to the first active one; else it stays where it is online, or moves to the first online one.
  bool goes_elsewhere(Thread& t) {
    if (!is_general(t.role) || cpus_[t.cpu].active) return false;
    const auto first = [&](bool Cpu::*is) {
      const auto it = std::ranges::find(cpus_, true, is);
      return it == cpus_.end() ? t.cpu : static_cast<CpuId>(it - cpus_.begin());
    };
    CpuId to = first(&Cpu::active);
    if (!cpus_[to].active && t.role == Role::Control && nowhere_) {
      t.waiting = true;
      at(now_, Prio::Arbitrate, t.cpu,
         hardware(t.cpu, t.role, [this, cpu = t.cpu] { nowhere_(cpu); }));
      return true;
    }
    if (!cpus_[to].active && !cpus_[t.cpu].stoppable) to = first(&Cpu::stoppable);
    if (to == t.cpu) return false;
    if (t.moved_from == kNoCpu) t.moved_from = t.cpu;
    t.waiting = t.signalled = true;
    move(t, to, 1_ns);
    return true;
  }

  // --- interrupts
  void interrupt(CpuId cpu, const Interrupt& what, Action effect) override {
    const auto handle = [this, cpu, what, effect = std::move(effect)] {
      enter(cpu, Role::Irq);
      Event e{.cpu = cpu, .name = what.why, .kind = EventKind::Interrupt};
      set_handler(e, what.handler);
      emit(e);
      later(cpu, Role::Irq, what.handler, effect);
      if (what.handler.v <= 0) return;
      handlers_end_ = std::max(handlers_end_, now_ + what.handler);
      cpus_[cpu].handler_burns = what.burns;
      change(cpu, [&](Cpu& c) { c.handler_end = now_ + what.handler; });
      set_timer(now_ + what.handler, [this, cpu] {
        change(cpu, [](Cpu& c) { c.handler_end.reset(); });
        due_.merge(cpus_[cpu].postponed);
      });
    };
    at(now_ + std::max(what.latency, 1_ns), Prio::Freeze, cpu, {handle, true});
  }

  // --- stop_machine()
  void stop_machine(CpuId victim, StopFor what, Action body) override {
    come_to(now_, Prio::Freeze, true);
    while (handlers_end_ > now_) come_to(handlers_end_, Prio::Freeze, true);  // stoppers wait
    for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu)
      change(cpu, [&](Cpu& c) { c.stopped = c.stoppable || cpu == victim; });
    stopper_ = current_;
    victim_ = victim;
    current_->actor->set_host(cpus_[victim].host);
    enter(victim, Role::Stopper);
    emit({.cpu = victim, .value = static_cast<std::int16_t>(what), .kind = EventKind::StopBegin});
    body();
    emit({.cpu = victim, .kind = EventKind::StopEnd});
    for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu) change(cpu, [](Cpu& c) { c.stopped = false; });
    for (Cpu& c : cpus_) due_.merge(c.postponed);
    stopper_ = nullptr;
    current_->actor->set_host(cpus_[current_->cpu].host);
    enter(current_->cpu, current_->role);
  }

  // --- a run
  RunOutcome run(const SchedulerConfig& config, const Action& setup) override {
    config_ = config;
    base_ = clock_date();  // SimGrid's clock never goes back
    cpus_.resize(config.cpus);
    logs_.resize(config.cpus);
    for (CpuId cpu = 0; cpu < config.cpus; ++cpu)
      cpus_[cpu].host = sg4::Host::by_name("cpu" + std::to_string(cpu));
    enter(config.boot_cpu, Role::Other);
    setup();
    const auto background = [this] { do_background(); };
    background_left_ = config.background;
    if (config.background > Ns{})
      background_ = sg4::Actor::create("background", cpus_[config.boot_cpu].host, background);
    try {
      while (!end_ && !all_is_done()) act();
    } catch (...) {
      end_ = std::current_exception();
    }
    end_tasks();
    while (!end_ && background_ && !background_->is_suspended()) act();
    if (background_) background_->kill();
    try {
      if (end_) std::rethrow_exception(end_);
    } catch (const SimulatedPanic& p) {
      out_.panic = p.why;
    }
    now_ = out_.end;
    for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu) {
      account(cpu);
      out_.ledgers.push_back(cpus_[cpu].ledger);
    }
    return out_;
  }
  /// Ends every task that is left. Nothing is left to happen, so each one that waits is a hang.
  void end_tasks() {
    std::ranges::sort(tasks_, {}, [](const auto& t) { return t->born; });
    for (const auto& t : tasks_) {
      if (!t->actor) continue;
      if (!end_ && t->waiting && !t->wait.idle)
        out_.hung.push_back({t->cpu, t->role, t->wait, t->since});
      t->actor->kill();
      t->actor->join();
    }
    for (const auto& [id, alarm] : timers_) alarm.timer->remove();
    timers_.clear();
    due_.clear();
    log_hangs(out_.hung, out_.end, logs_);
  }
  std::vector<CpuLog>& logs() override { return logs_; }
  /// The work of other tasks on the boot CPU, which runs whenever nothing else does there.
  void do_background() {
    const auto done = [this] {
      account(cpu_);
      background_ = nullptr;
      emit({.cpu = cpu_, .kind = EventKind::BackgroundDone});
    };
    sg4::this_actor::execute(static_cast<double>(config_.background.v));
    at(now_, Prio::Step, config_.boot_cpu, hardware(config_.boot_cpu, Role::Background, done));
    call();
  }
  void boot_done() override {
    account(config_.boot_cpu);
    if (!out_.at_boot) out_.at_boot = {cpus_[config_.boot_cpu].ledger, background_left_};
  }

 private:
  SchedulerConfig config_;
  std::vector<Cpu> cpus_;
  std::vector<CpuLog> logs_;
  std::vector<std::unique_ptr<Thread>> tasks_;
  Thread* current_ = nullptr;
  Thread* stopper_ = nullptr;  ///< the task that has stopped the machine
  CpuId victim_ = kNoCpu;      ///< the CPU on which it runs meanwhile
  Ns handlers_end_{};          ///< end of the latest interrupt handler so far
  Nowhere nowhere_;
  Ns base_{};  ///< SimGrid's clock when the run began
  RunOutcome out_;
  Dues due_;  ///< what is due at this date
  struct Alarm {
    Timer* timer = nullptr;
    bool idle = false;
  };
  std::map<std::uint64_t, Alarm> timers_;
  std::uint64_t last_timer_ = 0;
  std::int64_t running_ = 0;  ///< number of executions that are not suspended
  sg4::SemaphorePtr ready_ = sg4::Semaphore::create(0);  ///< something is due
  sg4::SemaphorePtr back_ = sg4::Semaphore::create(0);   ///< the running task gives its turn back
  bool called_ = false;
  sg4::ActorPtr background_;  ///< nullptr when it is done
  Ns background_left_{};
  std::exception_ptr end_;  ///< the panic, or the bug, that has ended the run
};

}  // namespace

const MakePlainEngine cpuhp_make_plain_engine = []() -> std::unique_ptr<Engine> {
  return std::make_unique<PlainEngine>();
};

}  // namespace cpuhp
