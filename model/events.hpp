// Events: all that checks, analysis, writers and digests know of a run. Events of a simulated run
// and those read from a real kernel's ftrace have the same form.
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

/// The kind of an event. In each event `cpu` is the CPU that is brought up or taken down, and `on`
/// the CPU that executes.
enum class EventKind : std::uint8_t {
  // --- shown by a real kernel's tracepoints (docs/kernel.md 6.4)
  Enter,       ///< cpuhp_enter: step, value = st->target, name = callback
  MultiEnter,  ///< the same for an instance: instance = its number
  Exit,        ///< cpuhp_exit: step, value = st->state, ret
  // --- operations
  /// An operation begins: name = its kind, value = its target, instance = the low 16 bits of its
  /// number. With an instance as its subject: step = state, ret = instance. For a write: ret = 1
  /// when it moves several CPUs, one after the other.
  OpBegin,
  OpEnd,  ///< ret = the caller's result
  // --- the handshakes
  Kick,       ///< the control CPU started the AP
  Alive,      ///< the AP reports alive
  Release,    ///< the AP may continue
  Available,  ///< the AP entered its idle loop (AP_ONLINE_IDLE): its own kernel threads may run
  IdleDead,   ///< the dying AP reports from its idle loop
  Dead,       ///< the AP reports its death; it executes nothing after this
  Complete,   ///< a completion or flag is set: name = which one
  // --- masks
  MaskSet,  ///< name = online, active, dying
  MaskClear,
  // --- time spent
  /// name = reason of the wait. value = 0: the waiter sleeps, 1: it spins, 2: it is a spinning AP.
  WaitBegin,
  WaitEnd,     ///< ret = 0, or -ETIMEDOUT
  PhaseBegin,  ///< name = phase
  PhaseEnd,
  /// The handler of an IPI ran on `on`: name = reason of the IPI, ret = duration of the handler in
  /// ns.
  Interrupt,
  StopBegin,  ///< stop_machine() begins: every online CPU stands still
  StopEnd,
  // --- machine-wide resources
  Acquire,  ///< name = lock, value = 1: shared with other readers; else 0
  Unlock,   ///< fields as in Acquire
  // --- threads
  Park,  ///< name = thread
  Unpark,
  // --- boot
  BootDone,      ///< all CPUs of the boot are online
  BootWorkDone,  ///< the control CPU has finished its own work (MachineConfig::boot_work)
  // --- failures, all simulated
  /// Either an armed `fail` hits: name = "fail", ret = errno, value = st->state; no callback runs.
  /// Or the environment fails, other than by a callback's error: name = kind of the fault, value =
  /// Explains.
  Injected,
  Timeout,  ///< a bounded wait ran out: name = reason of the wait
  Warn,     ///< the kernel would log or WARN: name = text
  Panic,    ///< the kernel would BUG: name = text
  // --- seen by the function tracer, when it is on
  Call,  ///< name = function of the core, or a callback
  // --- per-CPU resources of declared states
  Take,  ///< a startup takes a resource for `cpu`: name = the resource; step, instance
  Give,  ///< a teardown gives it back
  // --- devices
  Uevent,  ///< user space learns of a CPU's device: name = online, offline
  // --- state for the checks
  /// When no operation is under way any more, one for each CPU that was changed: step = st->state,
  /// value = st->target, ret = st->fail.
  Rest,
  Sync,      ///< the CPU's sync state changes: value = SyncState
  Disabled,  ///< cpu_hotplug_disabled changed: ret = the counter
  Create,    ///< a per-CPU thread was made: name = thread
  Wake,      ///< a kernel thread was woken: name = thread
  Register,  ///< a state gets callbacks: step, name = state, value = RegisterFlag bits
  /// A state loses its callbacks: step, name = state, ret = number of instances left, instance =
  /// the latest of them.
  Unregister,
  Arm,     ///< a write to hotplug/fail was accepted: step = the armed state, -1: none
  Own,     ///< work that a dying CPU must hand over is queued on the CPU: name = its kind
  Disown,  ///< no such work is left on the CPU
  Run,     ///< general work for `cpu` begins on `on`
  /// The run ends, and a task still waits: name = reason of the wait.
  Hang,
  /// The kernel logs that this CPU did not come up: value = the boot-status word, ret = the CPU
  /// that wrote the word, -1: none did.
  Blame,
  Move,  ///< the task leaves `cpu`, and continues on the CPU in ret
  /// A task would have to sleep where it may not: name = the lock that it wants, or "wait". The
  /// callbacks and phases without an end so far tell in which code.
  AtomicSleep,
};
inline constexpr std::size_t kEventKinds = static_cast<std::size_t>(EventKind::AtomicSleep) + 1;
/// True for events that a real kernel's tracepoints show.
constexpr bool is_callback(EventKind kind) {
  return kind == EventKind::Enter || kind == EventKind::MultiEnter || kind == EventKind::Exit;
}

/// Bits of Register's value.
enum RegisterFlag : std::int16_t {
  kRegisterStartup = 1,
  kRegisterTeardown = 2,
  kRegisterMulti = 4,
  /// the caller wants the startup called on the CPUs that have passed the state
  kRegisterCalls = 8,
};

/// ap_sync_state of HOTPLUG_CORE_SYNC (docs/kernel.md 5.1). Value of a Sync event.
enum class SyncState : std::uint8_t { Dead, Kicked, ShouldDie, Alive, ShouldOnline, Online };

/// What a fault may cause beyond the error of an operation. Value of an Injected event. Anything
/// else would be a bug of the simulated kernel.
enum class Explains : std::uint8_t {
  Nothing,
  Hang,   ///< the run may hang: the awaited event never comes, and the wait has no time-out
  Panic,  ///< the kernel dies
  /// A CPU that has not reported its death within 10 s (6.3 on) stays in limbo: bringing it up is
  /// refused with -EAGAIN until it has reported (docs/kernel.md 5.1).
  Limbo,
};

std::string_view to_string(EventKind kind);

/// The kind of task, or the context, in which an event happens.
enum class Role : std::uint8_t {
  Control,      ///< the task that drives the operation
  ApBoot,       ///< the booting AP, interrupts off
  CpuhpThread,  ///< cpuhp/N
  Stopper,      ///< migration/N inside stop_machine
  Idle,         ///< the idle task
  Worker,       ///< a kworker
  Irq,          ///< an interrupt handler
  BootWork,     ///< the control CPU's own work during the boot
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

/// Returns what the fault of this Injected event may cause. An armed `fail` causes nothing more.
constexpr Explains explains(const Event& injected) {
  return injected.ret == 0 ? static_cast<Explains>(injected.value) : Explains::Nothing;
}

/// The strings of a run, each stored once. Their numbers follow the order of first use; 0 is the
/// empty string.
class Names {
 public:
  Names() : names_(1) {}
  /// Extends `base`: new names get the numbers after its own.
  explicit Names(std::shared_ptr<const Names> base) : base_(std::move(base)) {}
  NameId intern(std::string_view name);
  /// Returns the name's number, or 0 when it is not known.
  NameId find(std::string_view name) const;
  const std::string& operator[](NameId id) const {
    return id < shared() ? (*base_)[id] : names_[id - shared()];
  }
  std::size_t size() const { return shared() + names_.size(); }
  /// Returns the names that many streams share, or nullptr.
  const std::shared_ptr<const Names>& base() const { return base_; }

 private:
  std::size_t shared() const { return base_ ? base_->size() : 0; }

  std::shared_ptr<const Names> base_;
  std::vector<std::string> names_;
  std::map<std::string, NameId, std::less<>> index_;  ///< not iterated, so its order has no effect
};

/// All events of a run, ordered by time. Events with equal times are ordered by CPU, those of one
/// CPU as they happened.
struct EventStream {
  std::vector<Event> events;
  Names names;
  CpuId nr_cpus = 0;
};

}  // namespace cpuhp
