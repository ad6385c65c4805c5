// The stream of events. Checks, analysis, writers and digests work from nothing else: what has no
// event did not happen. Events of a simulated run and events read from a real kernel's ftrace have
// the same form.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/cpumask.hpp"
#include "model/ns.hpp"

namespace cpuhp {

/// The kind of an event. `cpu` is always the CPU being plugged (subject), `on` the CPU that
/// executed it.
enum class EventKind : std::uint8_t {
  // --- shown by a real kernel's tracepoints (docs/kernel.md 6.4)
  Enter,       ///< cpuhp_enter: step, value = st->target, name = callback
  MultiEnter,  ///< the same; instance = the instance that is called
  Exit,        ///< cpuhp_exit: step, value = st->state, ret
  // --- operations
  /// An operation starts: name = its kind, value = the target that it asks for, instance = the low
  /// 16 bits of its number among the operations. An operation on an instance: step = the state, ret
  /// = the instance. A write: ret = 1 when it takes several CPUs, one after the other.
  OpBegin,
  OpEnd,  ///< ret = the caller's result
  // --- the handshakes
  Kick,       ///< the control CPU started the AP
  Alive,      ///< the AP reported its first sign of life
  Release,    ///< the AP was told to go on
  Available,  ///< the AP entered its idle loop (AP_ONLINE_IDLE): its own kernel threads may run
  IdleDead,   ///< the dying AP reported from its idle loop
  Dead,       ///< the AP's last word
  Complete,   ///< a completion or flag was set: name = the one that was set
  // --- masks
  MaskSet,  ///< name = online, active, dying
  MaskClear,
  // --- time spent
  /// name = reason of the wait, value = 0: the waiter sleeps, 1: it spins, 2: it is an AP that
  /// spins.
  WaitBegin,
  WaitEnd,     ///< ret = 0, or -ETIMEDOUT
  PhaseBegin,  ///< name = phase
  PhaseEnd,
  /// The handler of an IPI ran on `on`: name = reason of the IPI, ret = duration of the handler in
  /// ns.
  Interrupt,
  StopBegin,  ///< stop_machine: every online CPU stands still
  StopEnd,
  // --- machine-wide resources
  Acquire,  ///< name = lock, value = 1: shared with other readers; else 0
  Unlock,   ///< the same
  // --- threads
  Park,  ///< name = thread
  Unpark,
  // --- boot
  BootDone,      ///< all CPUs of the boot are online
  BootWorkDone,  ///< the boot work that the control CPU has for itself is finished
  // --- failures, all simulated
  /// Either an armed `fail` hit: name = "fail", ret = errno, value = st->state, and no callback
  /// ran. Or the environment failed in another way than by a callback's error: name = kind of the
  /// fault, value = Explains.
  Injected,
  Timeout,  ///< a bounded wait ran out: name = reason of the wait
  Warn,     ///< the kernel would log or WARN: name = text
  Panic,    ///< the kernel would BUG: name = text
  // --- shown by the function tracer, when it is on
  Call,  ///< name = function of the core, or a callback
  // --- per-CPU resources of declared states
  Take,  ///< a startup took one for `cpu`: name = the resource; step, instance
  Give,  ///< a teardown gave it back
  // --- devices
  Uevent,  ///< user space is told of a CPU's device: name = online, offline
  // --- the records, as checks need them
  /// No operation is under way any more, and the CPU rests: step = st->state, value = st->target,
  /// ret = st->fail.
  Rest,
  Sync,      ///< value = the CPU's SyncState from this event on
  Disabled,  ///< cpu_hotplug_disabled changed: ret = the counter
  Create,    ///< a per-CPU thread was made: name = thread
  Wake,      ///< a kernel thread was woken: name = thread
  Register,  ///< a state has callbacks now: step, name = state, value = RegisterFlag
  /// A state has no callbacks any more: step, name = state, ret = number of instances that it still
  /// had, instance = the latest of them.
  Unregister,
  Arm,     ///< a write to hotplug/fail was accepted: step = the armed state, -1: none
  Own,     ///< the CPU has some work of this kind now, which has to leave it: name = kind
  Disown,  ///< all work of this kind has left the CPU
  Run,     ///< general work (no kernel thread of the CPU) begins on `on`, for `cpu`
  /// The run is over, and a task still waits: name = reason of the wait.
  Hang,
  /// The operator is told that this CPU did not come up: value = the boot-status word, ret = the
  /// CPU that wrote the word, -1: none did.
  Blame,
  Move,  ///< the task leaves `cpu`, and continues on the CPU in ret
  /// A task that may not sleep would have to: name = the lock that it asks for, or "wait". The
  /// callbacks and phases that are open then say in which code.
  AtomicSleep,
};
inline constexpr std::size_t kEventKinds = static_cast<std::size_t>(EventKind::AtomicSleep) + 1;
/// True for the events of a walk that a kernel's tracer shows.
constexpr bool is_callback(EventKind kind) {
  return kind == EventKind::Enter || kind == EventKind::MultiEnter || kind == EventKind::Exit;
}

/// Bits of Register's value.
enum RegisterFlag : std::int16_t {
  kRegisterStartup = 1,
  kRegisterTeardown = 2,
  kRegisterMulti = 4,
  kRegisterCalls = 8,  ///< the caller asked to call the startup on the CPUs that are past the state
};

/// ap_sync_state of HOTPLUG_CORE_SYNC (docs/kernel.md 5.1); Sync's value.
enum class SyncState : std::uint8_t { Dead, Kicked, ShouldDie, Alive, ShouldOnline, Online };

/// The effect that a fault may have beyond an operation's error; the value of an Injected event.
/// The machine has to survive everything else, with the CPU as good as before.
enum class Explains : std::uint8_t {
  Nothing,
  Hang,   ///< the awaited event never comes, and nothing bounds the wait: the run may hang
  Panic,  ///< the kernel dies
  /// From 6.3 on the core waits 10 s for the last word of a dying CPU. A CPU without its last word
  /// stays in limbo: coming up again is refused with -EAGAIN until the CPU has given it
  /// (docs/kernel.md 5.1).
  Limbo,
};

std::string_view to_string(EventKind kind);

/// The context in which an event was executed.
enum class Role : std::uint8_t {
  Control,      ///< the task that drives the operation
  ApBoot,       ///< the booting AP, interrupts off
  CpuhpThread,  ///< cpuhp/N
  Stopper,      ///< migration/N inside stop_machine
  Idle,         ///< the idle task
  Worker,       ///< a kworker
  Irq,          ///< an interrupt handler
  BootWork,     ///< the boot work that the control CPU has for itself
  Other,        ///< another task
};
inline constexpr std::size_t kRoles = static_cast<std::size_t>(Role::Other) + 1;
std::string_view to_string(Role role);

/// Index into the run's Names.
using NameId = std::uint32_t;

/// 32 bytes, no padding, so that a digest can be taken over its bytes.
struct Event {
  Ns time{};
  CpuId cpu = kNoCpu;
  CpuId on = kNoCpu;
  NameId name = 0;
  std::int32_t ret = 0;
  std::int16_t step = -1;
  std::int16_t value = 0;
  std::uint16_t instance = 0;
  EventKind kind = EventKind::Enter;
  Role role = Role::Control;
  bool operator==(const Event&) const = default;
};
static_assert(sizeof(Event) == 32);

/// Returns the effect that an Injected event may explain. An armed `fail` explains nothing.
constexpr Explains explains(const Event& injected) {
  return injected.ret == 0 ? static_cast<Explains>(injected.value) : Explains::Nothing;
}

/// The strings of a run, each once. Numbers follow the order of first use; 0 is the empty string.
class Names {
 public:
  Names() : names_(1) {}
  /// Begins with the names of `base`: new names get the numbers after those.
  explicit Names(std::shared_ptr<const Names> base) : base_(std::move(base)) {}
  NameId intern(std::string_view name);
  /// Returns the name's number, 0 when nobody has used it.
  NameId find(std::string_view name) const;
  const std::string& operator[](NameId id) const {
    return id < shared() ? (*base_)[id] : names_[id - shared()];
  }
  std::size_t size() const { return shared() + names_.size(); }
  /// Returns the names that many streams share; nullptr: there are none.
  const std::shared_ptr<const Names>& base() const { return base_; }

 private:
  std::size_t shared() const { return base_ ? base_->size() : 0; }

  std::shared_ptr<const Names> base_;
  std::vector<std::string> names_;
  std::map<std::string, NameId, std::less<>> index_;  ///< only looked up, never iterated for order
};

/// All events of a run, merged over the CPUs: in the order of their dates, at one date in the order
/// of the CPUs, on one CPU as they happened.
struct EventStream {
  std::vector<Event> events;
  Names names;
  CpuId nr_cpus = 0;
};

}  // namespace cpuhp
