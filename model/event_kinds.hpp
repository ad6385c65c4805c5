// The kinds of events, one row each: the name in traces, the meaning of the kind and its fields,
// and for a kind that ends something the kind that began it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/rows.hpp"

namespace cpuhp {

enum class EventKind : std::uint8_t {
  Enter,
  MultiEnter,
  Exit,
  OpBegin,
  OpEnd,
  Kick,
  Alive,
  Release,
  Available,
  IdleDead,
  Dead,
  Complete,
  MaskSet,
  MaskClear,
  WaitBegin,
  WaitEnd,
  PhaseBegin,
  PhaseEnd,
  Interrupt,
  StopBegin,
  StopEnd,
  Acquire,
  Unlock,
  Park,
  Unpark,
  BootDone,
  BootWorkDone,
  Injected,
  Timeout,
  Warn,
  Panic,
  Call,
  Take,
  Give,
  Uevent,
  Rest,
  SyncState,
  Disabled,
  Create,
  Wake,
  Register,
  Unregister,
  Arm,
  Own,
  Disown,
  Run,
  Hang,
  Blame,
  Move,
  AtomicSleep,
  BackgroundDone,
  Present,
};
inline constexpr std::size_t kEventKinds = static_cast<std::size_t>(EventKind::Present) + 1;

struct EventKindInfo {
  EventKind value;
  std::string_view name;
  std::string_view doc;
  EventKind closes = value;  ///< the kind itself: it closes nothing
};

/// In every event, `cpu` is the CPU that the event is about, and `on` is the CPU that executed it.
/// The kinds that a real kernel's tracepoints show come first (docs/kernel.md 6.4).
inline constexpr std::array<EventKindInfo, kEventKinds> kEventKindInfos{{
    {EventKind::Enter, "enter",
     "A callback begins (cpuhp_enter). `step`: its state; `value`: `st->target`; `name`: the "
     "callback."},
    {EventKind::MultiEnter, "multi_enter",
     "The same for one instance of a multi-instance state. `instance`: which one."},
    {EventKind::Exit, "exit",
     "The callback is over (cpuhp_exit). `step`: its state; `value`: `st->state`; `ret`: its "
     "result.",
     EventKind::Enter},
    {EventKind::OpBegin, "op_begin",
     "An operation begins. `name`: its kind; `value`: the target that it asks for; `instance`: "
     "the operation's number in the scenario, modulo 65,536. If the operation adds or removes "
     "an instance, `step` is the state and `ret` the instance. For a write to smt/control, "
     "which can plug several CPUs, and for a `shutdown` that wakes the offline CPUs first, `ret` "
     "is "
     "1; for one to /sys/kernel/dlpar and for `unplug`, "
     "which "
     "also answer any error with one of their own, it is 2."},
    {EventKind::OpEnd, "op_end", "The operation is over. `ret`: what its caller gets.",
     EventKind::OpBegin},
    {EventKind::Kick, "kick", "The control CPU started the AP."},
    {EventKind::Alive, "alive", "The AP reported its first sign of life."},
    {EventKind::Release, "release", "The AP was told to go on."},
    {EventKind::Available, "available",
     "The AP entered its idle loop (AP_ONLINE_IDLE): its own kernel threads may run."},
    {EventKind::IdleDead, "idle_dead",
     "The dying CPU reached idle:dead in its idle task (cpuhp_report_idle_dead())."},
    {EventKind::Dead, "dead", "The dying CPU reported that it is dead."},
    {EventKind::Complete, "complete", "A completion or a flag was set. `name`: which one."},
    {EventKind::MaskSet, "mask_set",
     "The CPU entered a mask. `name`: `online`, `active`, `dying` or `rcu`."},
    {EventKind::MaskClear, "mask_clear", "The CPU left the mask."},
    {EventKind::WaitBegin, "wait_begin",
     "A task begins to wait. `name`: for what; `value`: 0 if the task sleeps, 1 if it spins."},
    {EventKind::WaitEnd, "wait_end", "The wait is over. `ret`: 0, or -ETIMEDOUT.",
     EventKind::WaitBegin},
    {EventKind::PhaseBegin, "phase_begin",
     "A phase of the hardware or the hotplug core begins. `name`: the phase, as cost profiles "
     "name it."},
    {EventKind::PhaseEnd, "phase_end", "The phase is over.", EventKind::PhaseBegin},
    {EventKind::Interrupt, "interrupt",
     "The handler of an interrupt ran on `on`. `name`: the reason; it took `value` * 2^31 + `ret` "
     "ns."},
    {EventKind::StopBegin, "stop_begin",
     "stop_machine: from here every online CPU stands still. `value`: 0 if `cpu` is taken down; 1 "
     "if "
     "caches and MTRRs are set, on x86."},
    {EventKind::StopEnd, "stop_end", "The CPUs go on.", EventKind::StopBegin},
    {EventKind::Acquire, "acquire",
     "A lock was taken. `name`: the lock; `value`: 1 as one of several readers, else 0."},
    {EventKind::Unlock, "unlock", "The lock was let go. The fields are those of `acquire`."},
    {EventKind::Park, "park", "A per-CPU thread was parked. `name`: the thread."},
    {EventKind::Unpark, "unpark", "The thread was unparked."},
    {EventKind::BootDone, "boot_done", "All CPUs of the boot are online."},
    {EventKind::BootWorkDone, "boot_work_done",
     "The boot is done, with all that follows smp_init() in its task."},
    {EventKind::Injected, "injected",
     "A fault took effect. `name`: its kind; `value`: what else the fault may cause (0 "
     "nothing, 1 a hang, 2 a panic, 3 a CPU that has not reported dead in time). If an armed "
     "`fail` took effect, `name` is `fail`, `ret` its errno and `value` `st->state`, and no "
     "callback ran."},
    {EventKind::Timeout, "timeout", "A bounded wait ran out. `name`: what was waited for."},
    {EventKind::Warn, "warn", "The kernel would log or WARN. `name`: the text."},
    {EventKind::Panic, "panic", "The kernel would panic or BUG. `name`: the text."},
    {EventKind::Call, "call",
     "A function of the hotplug core or a callback was called; only with the function tracer "
     "on. `name`: the function."},
    {EventKind::Take, "take",
     "A startup took a resource for the CPU. `name`: the resource; `step` and `instance`: of the "
     "callback."},
    {EventKind::Give, "give", "A teardown gave the resource back."},
    {EventKind::Uevent, "uevent",
     "User space is told of the CPU's device. `name`: `online` or `offline`."},
    {EventKind::Rest, "rest",
     "No operation is under way any more, and the CPU rests. `step`: `st->state`; `value`: "
     "`st->target`; `ret`: `st->fail`."},
    {EventKind::SyncState, "sync",
     "The CPU's ap_sync_state changed. `value`: 0 dead, 1 kicked, 2 should die, 3 alive, 4 should "
     "online, 5 online."},
    {EventKind::Disabled, "disabled", "cpu_hotplug_disabled changed. `ret`: the counter."},
    {EventKind::Create, "create", "A per-CPU thread was made. `name`: the thread."},
    {EventKind::Wake, "wake", "A kernel thread was woken. `name`: the thread."},
    {EventKind::Register, "register",
     "A state got callbacks. `step`: the state; `name`: its name; `value`: the sum of 1 if it has "
     "a startup, 2 if it has a teardown, 4 if it has instances, and 8 if the setup calls the "
     "startup on the CPUs that are past the state."},
    {EventKind::Unregister, "unregister",
     "The callbacks of a state were removed. `ret`: the number of instances that it still had; "
     "`instance`: the "
     "latest of them."},
    {EventKind::Arm, "arm",
     "A write to `hotplug/fail` was accepted. `step`: the armed state, -1: none."},
    {EventKind::Own, "own",
     "The CPU now has something that must be taken from it when it goes down. `name`: "
     "`hrtimers`, `timers`, `function calls` or `idle mm`."},
    {EventKind::Disown, "disown", "The CPU no longer has it. `name`: as for `own`."},
    {EventKind::Run, "run",
     "An ordinary task, which is not one of the CPU's kernel threads, begins to run on the CPU "
     "`on`; it asked for the CPU `cpu`."},
    {EventKind::Hang, "hang", "The run is over, and a task still waits. `name`: for what."},
    {EventKind::Blame, "blame",
     "The operator is told that this CPU did not come up. `value`: the boot-status word; `ret`: "
     "the CPU that wrote it, -1: none did."},
    {EventKind::Move, "move", "The task leaves the CPU. `ret`: the CPU on which it goes on."},
    {EventKind::AtomicSleep, "atomic_sleep",
     "A task would have to sleep where sleeping is forbidden. `name`: the lock that it asks "
     "for, or `wait`."},
    {EventKind::BackgroundDone, "background_done",
     "The other tasks of the boot CPU (`background_ns`) have finished their work."},
    {EventKind::Present, "present", "The CPU came to the machine (`value`: 1), or left it (0)."},
}};
static_assert(in_order(kEventKindInfos));

constexpr const EventKindInfo& info(EventKind kind) { return row_of(kEventKindInfos, kind); }
constexpr std::string_view to_string(EventKind kind) { return info(kind).name; }

/// True for the events that a kernel's tracer shows, too: begin and end of a callback.
constexpr bool is_callback(EventKind kind) {
  return kind == EventKind::Enter || kind == EventKind::MultiEnter || kind == EventKind::Exit;
}

}  // namespace cpuhp
