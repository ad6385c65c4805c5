// The queue of the engine: one clock, CPUs that run one task at a time, waits, interrupts and
// stop_machine().
//
// A task has its own simulated time, and may be ahead of the clock. It waits for the clock only
// where another CPU could see its effects. With `exact` every work() is an engine event instead;
// both modes give the same events (docs/internals.md "The engine"). Stacks come from a `Stacks`.
//
//   const auto stacks = make_bare_stacks();
//   stacks->run([&] {
//     Scheduler s(*stacks);
//     s.run({.cpus = 8}, [&] { s.start(0, Role::Control, 1_ns, [&] { s.work(5_ns); }); });
//   });
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/engine/engine.hpp"
#include "sim/engine/event_memory.hpp"
#include "sim/engine/order.hpp"
#include "sim/engine/resting.hpp"
#include "sim/engine/stacks.hpp"

namespace cpuhp {

class Scheduler final : public Engine {
 public:
  explicit Scheduler(Stacks& stacks);
  ~Scheduler() override;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Runs from time 0 until the queue is empty. `setup` starts the first tasks. Has to be called
  /// within Stacks::run().
  RunOutcome run(const SchedulerConfig& config, const Action& setup) override;
  std::vector<CpuLog>& logs() override { return logs_; }
  const std::vector<CpuLog>& logs() const { return logs_; }
  /// Returns how the boot CPU has spent its time up to `until`, in order.
  std::vector<CpuSpan> control_cpu_time(Ns until) const;
  /// Returns how the CPU has spent its time up to `date`. This must be the clock's time, or lie
  /// between it and the next queue entry.
  Ledger ledger_at(CpuId cpu, Ns date) const;
  /// Removes all but the first keep[cpu] events of each CPU. The queue must be empty.
  void forget(const std::vector<std::size_t>& keep);

  /// In a run with an order: the running task waits until nothing else is going to happen.
  void come_to_rest();
  /// In a run with an order: ends the run at the next point of the running task.
  void end_run();

  // --- a machine at rest (docs/internals.md "At rest")
  /// Returns why the machine is not at rest, or nullptr when it is. It is at rest when nothing is
  /// going to happen but what the running task does next. To be called by this task, whose rest has
  /// to be data by then (settle_then()).
  const char* unrest() const;
  /// Returns the engine's part of a machine at rest. No event so far can change any more.
  RestingEngine at_rest();
  /// Removes the events so far, at rest.
  void forget();
  /// As run(), but goes on from where `from` was taken. `setup` starts no task; `rest` is the rest
  /// of the task that asked.
  RunOutcome go_on(const SchedulerConfig& config, const RestingEngine& from, const Action& setup,
                   Action rest);

  using Runtime::settle;
  void settle(const Touch& what, Settle why) override;
  void sleep(Ns d) override;
  void pause(Ns d, Ns until, const Touch& what) override;
  bool block(const WaitFor& wait, Ns deadline) override;
  Task* current() override { return s_.current; }
  void wake(Task* task, Ns latency) override;
  void publish(const Touch& what, Action action) override;
  void arrive(const Touch& what) override;
  void arrive_then(const Touch& what, const Action& rest) override;
  bool settled_or(const Touch& what, const Action& rest) override;
  void may_wait_then(Action rest) override;
  void later(CpuId cpu, Role role, Ns delay, Action action) override;
  using Runtime::start;
  void start(CpuId cpu, Role role, Ns latency, Action body, Waits waits) override;
  void migrate(CpuId cpu, Ns latency) override;
  void set_active(CpuId cpu, bool on) override;
  void when_nowhere(Nowhere what) override { s_.nowhere = std::move(what); }
  void interrupt(CpuId cpu, const Interrupt& what, Action effect) override;
  using Runtime::stop_machine;
  void stop_machine(CpuId victim, StopFor what, Action body) override;
  void set_stoppable(CpuId cpu, bool on) override;
  void idle_spins(CpuId cpu, bool on) override;
  void boot_done() override;

 private:
  enum class Kind : std::uint8_t {
    Resume,     ///< a running task continues at its own time
    Wake,       ///< a waiting task continues after a signal
    Timeout,    ///< the deadline of a waiting task
    Free,       ///< the CPU takes its next task
    Run,        ///< an action
    Interrupt,  ///< an action that has to wait while the CPU is stopped
  };
  struct Entry {
    Ns time;
    std::uint64_t key;  ///< prio, cpu, sequence number for that cpu
    Task* task;
    std::uint32_t seq;      ///< number of the wait that ends
    std::uint32_t action;   ///< index into s_.actions
    std::uint32_t freezes;  ///< number of its CPU's freezes that are counted in `time`
    Kind kind;
    Role role;
    std::uint32_t made_in;  ///< number of the turn that queued it
    bool owned;  ///< belongs to the CPU's running task, which interruptions of the CPU delay
    CpuId cpu() const { return static_cast<CpuId>(key >> 32 & 0xffffffu); }
    Prio prio() const { return static_cast<Prio>(key >> 56); }
    bool before(const Entry& o) const { return time != o.time ? time < o.time : key < o.key; }
  };
  struct Freeze {
    Ns from, length;
  };
  using Mode = RestingCpu::Mode;
  struct Cpu : RestingCpu {
    Task* occupant = nullptr;  ///< the task that runs or spins; kEnded: it ended ahead of the clock
    Task* queue_head = nullptr;
    Task* queue_tail = nullptr;
    std::uint32_t sleepers = 0;
    std::uint32_t sequence[7] = {};  ///< by priority: number of queue entries so far
    std::uint32_t owned = 0;         ///< number of queue entries with `owned`
    std::uint32_t ahead_index = 0;   ///< index in s_.ahead while owned > 0
    std::vector<Freeze> freezes;     ///< interruptions since the CPU began to be ahead of the clock
  };
  struct Worker {
    Stacks::Stack* stack = nullptr;
    Task* assigned = nullptr;
  };
  struct Unwind {};

  // --- the queue
  struct What {
    Kind kind;
    Task* task = nullptr;
    std::uint32_t seq = 0;
    std::uint32_t action = 0;
    Role role = Role::Other;
    bool owned = false;
  };
  void push(Ns time, Prio prio, CpuId cpu, const What& what);
  Entry pop();
  void repush(Entry e, Ns time);
  std::uint32_t keep(Action action);
  static bool stale(const Entry& e);
  bool all_is_done() const;
  void sweep();
  bool settled(Entry& e);
  bool postponed(const Entry& e);
  void disown(CpuId cpu);

  // --- a run with an order
  bool take_turn(Entry* taken);
  Ns earliest(const Entry& e) const;
  bool can_happen(const Entry& e) const;
  std::uint64_t who(const Entry& e) const;
  std::uint64_t new_one();
  void post(Action action);
  void note(const Touch& what) override;
  void let_others_go(const Touch& what) override;

  // --- running
  Task* drain(Task* self);
  void ask_outside();
  void hand_out();
  Task* act(const Entry& e);
  Task* end_wait(const Entry& e);
  bool hand_over(Task* next, Task* self);
  void run_action(const Entry& e);
  bool has_come_to(Prio prio);
  void come_to(Prio prio, bool works = true);
  bool come_to_or(Prio prio, const Action& rest);
  void resume_here(Prio prio, bool works = true);
  bool dropped(Settle kind) const { return s_.config.dropped == kind; }
  void enter(Task* t);
  void enter_cpu(CpuId cpu, Role role, Ns date);
  void worker_main(Worker* w);
  void run_body(Task* t);
  void leave_stack(Task* t);
  void end_task(Task* t);
  Worker* idle_worker();
  void switch_from(Worker* me, Stacks::Stack* to);
  void handle_interrupt(CpuId cpu, const Interrupt& what, Action effect);

  // --- CPUs
  bool stops_with_others(const Cpu& c) const { return c.stoppable_since <= s_.stop_from; }
  Task* make_runnable(Task* t);
  bool falls_back(Task* t);
  CpuId place_for(const Task* t);
  void tell_move(Task* t);
  Task* next_on(CpuId cpu);
  void release_cpu(CpuId cpu);
  void set_mode(CpuId cpu, Mode mode);
  void account(CpuId cpu, Ns date);
  void add(CpuId cpu, CpuTime what, Ns length);
  Ns spend_background(Ns idle_from, Ns spare);
  void freeze(CpuId cpu, Ns from, const Interrupt& why);
  void close_stop();
  void thaw_all(CpuId victim, const std::vector<Event>& victim_tail);
  void exact_work(Ns d) override;
  void begin(const SchedulerConfig& config);
  RunOutcome run_all(const Action& setup, Task* first);
  Task* new_task();
  void close_ledgers(RunOutcome& out);
  void forget_what_ran_ahead();
  void unwind(RunOutcome& out);

  static constexpr std::size_t kSweptMin = 32;
  /// All that a run changes. Each run begins with a new State, so no run depends on an earlier one.
  struct State : Clockwork {
    SchedulerConfig config;
    std::uint64_t turns = 0;
    std::size_t hand_out_at = 0;  ///< size of the logs from which hand_out() is called
    std::vector<Cpu> cpus;
    std::vector<Entry> heap;
    std::size_t sweep_at = kSweptMin;  ///< size of `heap` from which sweep() is called
    std::vector<Entry> held;
    std::vector<Action> actions;
    std::vector<std::uint32_t> free_actions;
    std::vector<std::uint64_t> posted;  ///< by action, in a run with an order: who it is
    std::vector<ReadyTurn> ready;
    std::vector<std::size_t> ready_entries;  ///< their indices in `heap`
    CpuId turn_cpu = kNoCpu;                 ///< CPU of the last turn
    Task* maker = nullptr;                   ///< whose turn it is, before it runs
    std::uint64_t acting = 0;                ///< who has the turn, if it is no task
    std::uint32_t acting_made = 0;           ///< how many others it has made
    std::vector<std::unique_ptr<Task>> tasks;
    std::vector<Task*> free_tasks;
    std::vector<CpuId> ahead;
    Task* current = nullptr;
    bool ended = false;  ///< end_run()
    bool stop_open = false;
    std::vector<CpuId> late;           ///< CPUs that became stoppable during the stop under way
    std::vector<Task*> next_stoppers;  ///< tasks that wait until the stop under way is over
    bool unwinding = false;
    Nowhere nowhere;
    std::optional<std::string> panic;
    std::exception_ptr error;
  };

  Stacks& stacks_;
  State s_;
  // Memory and stacks stay for the next run, which does not read their contents.
  EventMemory event_memory_;
  std::vector<CpuLog> logs_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_workers_;
  Worker* this_worker_ = nullptr;
  Stacks::Stack* root_ = nullptr;
  bool quitting_ = false;
};

}  // namespace cpuhp
