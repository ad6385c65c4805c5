// The interface between the model and the engine: simulated time, CPUs that run one task at a time,
// and waits.
//
// A task is simulated ahead of other CPUs: work() adds to the task's own time, and only settle()
// makes it wait until all other CPUs have been simulated up to that time. Signals (complete,
// unlock, wake, start, interrupt) take effect at the task's time without a settle(). A task that
// *reads* data that another CPU may write calls settle() first (docs/internals.md "The engine").
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "model/event_log.hpp"
#include "model/events.hpp"
#include "model/ns.hpp"
#include "model/touch.hpp"

namespace cpuhp {

/// A task. It lives as long as its body runs; its contents are private to the engine.
struct Task;
using Action = std::function<void()>;

/// What a CPU does while its task waits.
enum class WaitMode : std::uint8_t {
  Asleep,    ///< the CPU is free for other tasks
  Spinning,  ///< the task keeps the CPU busy
};

/// Why a task waits. A hang report shows this.
struct WaitFor {
  WaitMode mode = WaitMode::Asleep;
  NameId what = 0;
  CpuId cpu = kNoCpu;          ///< the CPU that the wait is about
  std::uint16_t instance = 0;  ///< Event::instance of the wait's events
  /// The task has nothing to do. The run may end in this wait, and is not continued for its
  /// deadline. It is no hang, and the CPU is idle meanwhile.
  bool idle = false;
  /// The task waits until nothing else is going to happen. Only where orders are explored.
  bool rests = false;
};

/// A task that still waits at the end of a run, when no event is left that could wake it.
struct HungTask {
  CpuId on = kNoCpu;
  Role role = Role::Other;
  WaitFor wait;
  Ns since{};
};

/// How one CPU spent its time in a run. The parts add up to the length of the run.
struct Ledger {
  Ns useful{}, spinning{}, sleeping{}, idle{}, stopped{};
  Ns total() const { return useful + spinning + sleeping + idle + stopped; }
  bool operator==(const Ledger&) const = default;
};

/// The ways in which a CPU spends time: the fields of Ledger.
enum class CpuTime : std::uint8_t { Useful, Spinning, Sleeping, Idle, Stopped };
inline constexpr std::size_t kCpuTimes = 5;

/// A part of one CPU's time. It begins at the end of the part before, the first part at 0.
struct CpuSpan {
  Ns until{};
  CpuTime what = CpuTime::Idle;
  bool operator==(const CpuSpan&) const = default;
};

/// An inter-processor interrupt.
struct Interrupt {
  NameId why = 0;
  Ns latency{};
  Ns handler{};
  bool burns = false;  ///< the handler spins, so its time does not count as useful
};

/// Why a task waits until other CPUs are simulated up to its time: one value for each kind of place
/// where it could otherwise miss their effects (docs/internals.md "The engine"). Only tests use the
/// values: they leave out one kind of wait and expect a failure.
enum class Settle : std::uint8_t {
  Other,
  Lock,        ///< before asking for a lock
  Completion,  ///< before looking whether a completion is complete
  Interrupt,   ///< events that the interrupted CPU has already simulated move behind the handler
  Stop,        ///< events that a stopped CPU has already simulated move behind the stop
  Preemption,  ///< events that the stopper's CPU has already simulated move behind the stopper
  Fault,       ///< before a fault whose occasions are counted over all CPUs
  PerOnline,   ///< before a cost that depends on the number of online CPUs
};
inline constexpr std::size_t kSettles = static_cast<std::size_t>(Settle::PerOnline) + 1;

/// Returns the kind of wait before something is touched.
constexpr Settle settle_of(Object object) {
  switch (object) {
    case Object::Completion:
      return Settle::Completion;
    case Object::FaultCount:
      return Settle::Fault;
    default:
      return Settle::Other;
  }
}

/// Whether a task may wait in the middle of its body. It does so in block(), in settle() and
/// arrive() while other CPUs have not reached its time, and in all functions that call these.
/// settle_then() does not count, because it is the last call of a body. A task that never waits may
/// still do so in the rest that it gives to may_wait_then().
enum class Waits : std::uint8_t { Perhaps, Never };

/// Thrown where the kernel would BUG. The run then ends with a result. A simulated panic is no
/// error of the simulator.
struct SimulatedPanic {
  std::string why;
};

class Runtime {
 public:
  virtual ~Runtime() = default;

  /// Returns the time of the running task. Other CPUs may not have reached it.
  Ns now() const { return now_; }
  /// Returns the CPU that executes the running task.
  CpuId cpu() const { return cpu_; }
  Role role() const { return role_; }

  /// Spends CPU time on the executing CPU.
  void work(Ns d) {
    if (d.v <= 0) return;
    if (exact_)
      exact_work(d);
    else
      now_ += d;
  }
  /// Appends an event to the executing CPU's log, and fills in its time, CPU and role.
  [[gnu::always_inline]] void emit(const Event& e) {
    Event& logged = log_->push();
    logged = e;
    logged.time = now_;
    logged.on = cpu_;
    logged.role = role_;
  }

  /// Waits until every CPU is simulated up to now(). Needed before a read of data that other CPUs
  /// write. `what`: the data, and whether the task writes them, too, before its next visible point.
  virtual void settle(const Touch& what, Settle why) = 0;
  void settle(const Touch& what) { settle(what, settle_of(what.object)); }
  /// Says what else the running task touches after a visible point, before the next one.
  void touch(const Touch& what) {
    if (explored_) note(what);
  }
  /// Where orders are explored, lets other tasks go first. To be called before the event that tells
  /// of a publish().
  void point(const Touch& what) {
    if (explored_) let_others_go(what);
  }
  /// True where orders of events are explored. A date says nothing then.
  bool explored() const { return explored_; }
  /// Puts the running task to sleep for that long; the CPU is free.
  virtual void sleep(Ns d) = 0;
  /// Puts the running task to sleep for `d` before it looks at something again, for the last time at
  /// `until`. Where orders are explored, it sleeps until another task has written that.
  virtual void pause(Ns d, Ns until, const Touch& what) = 0;
  /// Makes the running task wait until wake() or the deadline. True: it was woken; false: the
  /// deadline came first. The caller must call settle() before it decides to wait.
  virtual bool block(const WaitFor& wait, Ns deadline) = 0;
  virtual Task* current() = 0;
  /// Wakes a task. It continues `latency`, but at least 1 ns, after now(), or later when its CPU is
  /// busy.
  virtual void wake(Task* task, Ns latency) = 0;
  /// Runs the action when every CPU has reached now(), which may be immediately. It writes `what`.
  virtual void publish(const Touch& what, Action action) = 0;
  /// As settle(), and then lets CPUs with lower numbers go first, if they call arrive() at the same
  /// time. To be called before asking for a lock.
  virtual void arrive(const Touch& what) = 0;
  /// As settle() or arrive(), and then runs `rest`, the last action of the running task. While the
  /// task waits for other CPUs it needs no stack.
  void settle_then(const Touch& what, const Action& rest) {
    if (settled_or(what, rest)) rest();
  }
  virtual void arrive_then(const Touch& what, const Action& rest) = 0;
  /// Returns true when every CPU is simulated up to now(). Otherwise `rest` will run then, and the
  /// running task has to return at once.
  virtual bool settled_or(const Touch& what, const Action& rest) = 0;
  /// Runs `rest`, the last action of the running task. It may wait in the middle, even when the task
  /// has never waited so far, and so has no stack of its own.
  virtual void may_wait_then(Action rest) = 0;
  /// Runs the action on that CPU `delay` after now(), whatever the CPU does then. For actions of
  /// the hardware.
  virtual void later(CpuId cpu, Role role, Ns delay, Action action) = 0;
  /// Makes a new task runnable on that CPU `latency` after now(). A task that never waits needs no
  /// stack of its own.
  virtual void start(CpuId cpu, Role role, Ns latency, Action body, Waits waits) = 0;
  void start(CpuId cpu, Role role, Ns latency, Action body) {
    start(cpu, role, latency, std::move(body), Waits::Perhaps);
  }
  /// Moves the running task to that CPU, where it continues `latency` after now(), or later when
  /// the CPU is busy.
  virtual void migrate(CpuId cpu, Ns latency) = 0;
  /// Sets whether general tasks (is_general()) may run on the CPU. When such a
  /// task becomes runnable on a CPU that is not active, it continues on the first active CPU, if
  /// there is one, with an event Move. kernel: select_fallback_rq(). At first no CPU is active.
  virtual void set_active(CpuId cpu, bool on) = 0;
  /// Sends an IPI. `latency` after now() the CPU runs a handler of the given length, and then
  /// `effect` runs.
  virtual void interrupt(CpuId cpu, const Interrupt& what, Action effect) = 0;
  /// Runs `body` on `victim` as its stopper, while every online CPU is stopped. Waits until no other
  /// task has the machine stopped. The caller runs on an online CPU, or on `victim` itself: a
  /// starting CPU (kernel: stop_machine_from_inactive_cpu()).
  virtual void stop_machine(CpuId victim, StopFor what, Action body) = 0;
  void stop_machine(CpuId victim, Action body) {
    stop_machine(victim, StopFor::Takedown, std::move(body));
  }
  /// Sets whether stop_machine() stops the CPU.
  virtual void set_stoppable(CpuId cpu, bool on) = 0;
  /// Sets whether the CPU spins instead of idling when it has nothing to run, like an AP that waits
  /// for its release.
  virtual void idle_spins(CpuId cpu, bool on) = 0;
  /// Reports that the boot is done, with all that follows smp_init() in its task.
  virtual void boot_done() = 0;
  /// Sets what happens when a task of Role::Control becomes runnable on `cpu` while no CPU is
  /// active; `what` throws SimulatedPanic. Without `what`, and always for other general tasks (kernel
  /// threads), the task stays on its CPU or, when that CPU is offline, continues on the first
  /// online CPU.
  using Nowhere = std::function<void(CpuId cpu)>;
  virtual void when_nowhere(Nowhere what) = 0;

  bool exact() const { return exact_; }

 protected:
  virtual void exact_work(Ns d) = 0;
  virtual void note(const Touch& what) = 0;
  virtual void let_others_go(const Touch& what) = 0;

  Ns now_{};
  CpuId cpu_ = 0;
  Role role_ = Role::Other;
  bool exact_ = false;
  bool explored_ = false;
  CpuLog* log_ = nullptr;
};

}  // namespace cpuhp
