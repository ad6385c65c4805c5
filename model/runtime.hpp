// The port between the model and the engine: simulated time, CPUs that run one task at a time, and
// waits.
//
// A task runs ahead of the machine: its own date moves with work(), and only settle() makes it wait
// until all other CPUs have come to that date. Signals (complete, unlock, wake, start, interrupt)
// are posted for the task's date by themselves. A task that *reads* data that another CPU may write
// calls settle() first (docs/internals.md "The engine").
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "model/event_log.hpp"
#include "model/events.hpp"
#include "model/ns.hpp"

namespace cpuhp {

/// A task, which lives as long as its body runs. Opaque to the model.
struct Task;
using Action = std::function<void()>;

/// The use that a waiting task makes of its CPU.
enum class WaitMode : std::uint8_t {
  Asleep,    ///< the CPU is free for others
  Spinning,  ///< the task keeps the CPU busy
};

/// The reason of a wait, reported when no task can end it.
struct WaitFor {
  WaitMode mode = WaitMode::Asleep;
  NameId what = 0;
  CpuId cpu = kNoCpu;  ///< the CPU that the wait is about
};

/// A task that still waited when no event was left to happen.
struct HungTask {
  CpuId on = kNoCpu;
  Role role = Role::Other;
  WaitFor wait;
  Ns since{};
};

/// The use of one CPU's time in a run. The parts add up to the length of the run.
struct Ledger {
  Ns useful{}, spinning{}, sleeping{}, idle{}, stopped{};
  Ns total() const { return useful + spinning + sleeping + idle + stopped; }
  bool operator==(const Ledger&) const = default;
};

/// A kind of use of a CPU's time: the fields of Ledger.
enum class CpuTime : std::uint8_t { Useful, Spinning, Sleeping, Idle, Stopped };
inline constexpr std::size_t kCpuTimes = 5;

/// A stretch of one CPU's time; it begins where the one before ends, the first at date 0.
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
  bool burns = false;  ///< the handler spins, so that its time is not useful
};

/// The reason for which a task waits for the other CPUs: one for each kind of point where running
/// ahead could be seen (docs/internals.md "The engine"). Only tests need the reasons: they leave
/// one kind out and expect a failure.
enum class Settle : std::uint8_t {
  Other,
  Lock,        ///< before asking for a lock
  Completion,  ///< before looking whether a completion is complete
  Interrupt,   ///< events that an interrupted CPU had run ahead come after the handler
  Stop,        ///< events that a stopped CPU had run ahead come after the stop
  Preemption,  ///< events that the victim of a stop had run ahead come after its stopper
  Fault,       ///< a fault that counts occasions on every CPU
  PerOnline,   ///< a cost that grows with the number of CPUs online
};
inline constexpr std::size_t kSettles = static_cast<std::size_t>(Settle::PerOnline) + 1;

/// Whether a task waits in the middle of its body. block() waits; settle() and arrive() wait while
/// other CPUs have not come to the task's date; so do all calls that use these. settle_then() does
/// not count: it is the last call of a body.
enum class Waits : std::uint8_t { Perhaps, Never };

/// Thrown when the kernel would BUG: ends the run as a result, not as an error of the simulator.
struct SimulatedPanic {
  std::string why;
};

class Runtime {
 public:
  virtual ~Runtime() = default;

  /// Returns the date of the running task; other CPUs may not have come to it.
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
  /// Appends an event to the executing CPU's log. Fills in its time, CPU and role.
  [[gnu::always_inline]] void emit(const Event& e) {
    Event& logged = log_->push();
    logged = e;
    logged.time = now_;
    logged.on = cpu_;
    logged.role = role_;
  }

  /// Waits until every CPU has come to now(). Needed before reading data that other CPUs write.
  virtual void settle(Settle why) = 0;
  void settle() { settle(Settle::Other); }
  /// Puts the running task to sleep for that long; the CPU is free.
  virtual void sleep(Ns d) = 0;
  /// Makes the running task wait until wake() or the deadline. True: it was woken; false: the
  /// deadline came first. Needs a settle() before the decision to wait.
  virtual bool block(const WaitFor& wait, Ns deadline) = 0;
  virtual Task* current() = 0;
  /// Wakes a task: it continues `latency` after now(), or later when its CPU is free. A signal
  /// takes at least 1 ns.
  virtual void wake(Task* task, Ns latency) = 0;
  /// Runs the action when every CPU has come to now(); at once if they all have.
  virtual void publish(Action action) = 0;
  /// As settle(), and then waits until it is this CPU's turn among all CPUs that arrive at the same
  /// date. To be called before asking for a lock.
  virtual void arrive() = 0;
  /// As settle() or arrive(), and then runs `rest`, the last action of the running task. While the
  /// task waits for the others it is kept as data, without a stack.
  virtual void settle_then(Action rest) = 0;
  virtual void arrive_then(Action rest) = 0;
  /// Hardware: runs the action on that CPU `delay` after now(), whatever runs on the CPU then.
  virtual void later(CpuId cpu, Role role, Ns delay, Action action) = 0;
  /// Makes a task runnable on that CPU `latency` after now(). A task that never waits needs no
  /// stack of its own.
  virtual void start(CpuId cpu, Role role, Ns latency, Action body, Waits waits) = 0;
  void start(CpuId cpu, Role role, Ns latency, Action body) {
    start(cpu, role, latency, std::move(body), Waits::Perhaps);
  }
  /// Moves the running task to that CPU: it continues there `latency` after now(), or later when
  /// the CPU is free.
  virtual void migrate(CpuId cpu, Ns latency) = 0;
  /// Allows, or no longer allows, general tasks (Role::Control and Role::Worker) on the CPU. A
  /// general task that becomes runnable on a CPU that is not active continues on the first active
  /// CPU, if there is one; an event Move shows it. kernel: select_fallback_rq(). At first no CPU is
  /// active.
  virtual void set_active(CpuId cpu, bool on) = 0;
  /// Sends an IPI: `latency` after now() the CPU runs a handler of that length, then the effect
  /// happens.
  virtual void interrupt(CpuId cpu, const Interrupt& what, Action effect) = 0;
  /// Runs `body` on `victim` as its stopper while every online CPU is stopped. Needs a caller that
  /// runs on an online CPU.
  virtual void stop_machine(CpuId victim, Action body) = 0;
  /// Makes the CPU take part in stop_machine from now on, or no longer.
  virtual void set_stoppable(CpuId cpu, bool on) = 0;
  /// Makes the CPU spin (an AP that waits for its release) instead of being idle, when it has
  /// nothing to run.
  virtual void idle_spins(CpuId cpu, bool on) = 0;
  /// Reports that all CPUs of the boot are up. The boot is over when the control CPU has also
  /// finished its own boot work.
  virtual void boot_done() = 0;
  /// Sets the action for a task of Role::Control that becomes runnable on `cpu` while no CPU is
  /// active; `what` throws SimulatedPanic. By default, and always for a task of Role::Worker (a
  /// kernel thread), the task stays on its CPU; when that CPU is not online, it continues on the
  /// first one that is.
  using Nowhere = std::function<void(CpuId cpu)>;
  virtual void when_nowhere(Nowhere what) = 0;

  bool exact() const { return exact_; }

 protected:
  virtual void exact_work(Ns d) = 0;

  Ns now_{};
  CpuId cpu_ = 0;
  Role role_ = Role::Other;
  bool exact_ = false;
  CpuLog* log_ = nullptr;
};

}  // namespace cpuhp
