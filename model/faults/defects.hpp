// Historical bugs of CPU hotplug (docs/kernel.md 8), one switch for each. Exactly one place in
// model/ reads each switch (a test counts the places). The events show the effect of a bug.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cpuhp {

enum class Defect : std::uint8_t {
  DeathReportRace,
  SmpbootParkedEarly,
  RefusedTakedownNoRollback,
  UnserializedCallbacks,
  UnparkFromIdle,
  StopperLate,
  VanishedApAsserts,
  TargetErrorLeaksLock,
  StateOverwritten,
  DynamicAlwaysBusy,
  StaleNode,
  WrongSlotCleared,
  RefusedTakedownMovesState,
  StaleCallbackFields,
  RollbackWithoutTakedown,
  FailOutOfRange,
  FailOnDeadState,
  UndoStopsEarly,
  AtomicErrorAborts,
  DyingMaskOfCpu0,
  EqualTargetGoesDown,
  DynamicPrepareSkipped,
  InstanceErrorLost,
  BootMaskOffByOne,
  MaxcpusZeroStartsAll,
  DownInCallersContext,
  LastHousekeepingGoes,
  StaleHrtimerBase,
  HrtimerAfterDying,
  WakeupAbortsReboot,
  UnbalancedEnable,
  IdleMmDroppedByDeadCpu,
  ParkReportedEarly,
  CpusetsAsynchronous,
  ThreadsUnparkedEarly,
  DeadWaitUnbounded,
  SmtSiblingsNeverBooted,
  AliveTimeoutRace,
  StrayCompletion,
  SharedBootStatus,
  RunQueueLeftOffline,
  SmtStartsWholeCores,
  AtomicCallbacksInterruptible,
  DeadlineServerRunsOn,
  OfflineCpuFreeForDeadlines,
  StaticKeyTakesLock,
  KexecThreadsRefused,
  PerfOnlineEarly,
  ClockEventLeftRunning,
  PushQueuedTwice,
  InstanceUnderDriversLock,
  StoppedCpuNotReported,
  FailedPrepareFreed,
  EarlyDeathUnlogged,
  CpusetsDeferred,
  WorkForAbsentCpus,
};
inline constexpr std::size_t kDefects = static_cast<std::size_t>(Defect::WorkForAbsentCpus) + 1;
using Defects = std::bitset<kDefects>;

struct DefectInfo {
  std::string_view name;  ///< name in scenarios
  std::string_view bug;   ///< number of the bug in docs/kernel.md 8.1 or 8.2, such as "B16"
  std::string_view fix;   ///< the commit with the fix, or a description of the bug
  std::string_view what;  ///< the wrong behaviour in one clause
};

inline constexpr std::array<DefectInfo, kDefects> kDefectInfos{{
    {"death-report-race", "B1", "71f87b2fc64c",
     "the dying CPU ends the control task's wait before the dying CPU has reported to RCU"},
    {"smpboot-parked-early", "B2", "2a58c527bb56",
     "per-CPU threads are parked before the RCU grace period that needs them"},
    {"refused-takedown-no-rollback", "B3", "3b9d6da67e11",
     "after a refused takedown the AP's ONLINE section is not started again"},
    {"unserialized-callbacks", "B4", "dc434e056fe1",
     "setup and removal of a state do not hold cpuhp_state_mutex while they call callbacks"},
    {"unpark-from-idle", "B5", "9cd4f1a4e7a8",
     "a CPU that comes up unparks its hotplug thread from its idle task"},
    {"stopper-late", "B6", "45178ac0cea8",
     "the control CPU enables the stopper thread of the CPU only after the CPU is in its idle "
     "loop"},
    {"vanished-ap-asserts", "B7", "dea1d0f5f128",
     "an AP that completes its bring-up but is not online triggers BUG() instead of an error"},
    {"target-error-leaks-lock", "B8", "40da1b11f01e",
     "a write to `target` that is refused returns with device_hotplug_lock held"},
    {"state-overwritten", "B9", "dc280d936239",
     "setting up a state whose number is in use replaces the callbacks of the first user"},
    {"dynamic-always-busy", "B9", "b9d9d6911bd5",
     "a dynamic number counts as in use before the state is stored, so every request returns "
     "-EBUSY"},
    {"stale-node", "B10", "1f7c70d6b2bc",
     "adding an instance leaves the instance in the CPU's st->node: the next walk calls the "
     "callback for this instance only"},
    {"wrong-slot-cleared", "B11", "0c96b27305fa",
     "removing the first dynamic state clears a free number instead of the state's own number"},
    {"refused-takedown-moves-state", "B12", "69fa6eb7d6a6",
     "when the control CPU rolls back a refused takedown, it moves the state past "
     "cpu:teardown, so no task rolls the AP back"},
    {"stale-callback-fields", "B13", "f8b7530aa0a1",
     "the hotplug thread sees should_run set before it sees which callback to run"},
    {"rollback-without-takedown", "B14", "206b92353c83",
     "a failed bring-up frees memory that the running CPU still uses, because takedown_cpu() does "
     "nothing in the rollback"},
    {"fail-out-of-range", "B15", "33d4a5a7a5b4", "`fail` accepts state numbers outside the table"},
    {"fail-on-dead-state", "B16", "62f250694092",
     "`fail` accepts states from which no rollback is possible"},
    {"undo-stops-early", "B17", "453e41085183",
     "the rollback of a failed takedown does not start the state in which the takedown began"},
    {"atomic-error-aborts", "B18", "6f855b39e460",
     "an error of a STARTING or DYING callback stops the walk"},
    {"dying-mask-of-cpu0", "B19", "acd508a1f8ab",
     "a CPU whose first bring-up fails at threads:prepare marks CPU 0 as dying"},
    {"equal-target-goes-down", "B20", "64ea6e44f85b",
     "writing the current state to `target` starts a walk down"},
    {"dynamic-prepare-skipped", "B21", "932d8476399f",
     "setting up a dynamic PREPARE state calls no startup callback"},
    {"instance-error-lost", "B22", "673db10729fb",
     "the rollback of instances overwrites the error that caused the rollback"},
    {"boot-mask-off-by-one", "B23", "06c6796e0304",
     "the boot counts a CPU against its limit before the bring-up, so the last allowed CPU stays "
     "offline"},
    {"maxcpus-zero-starts-all", "B24", "6ef8eb512572",
     "maxcpus=0 makes the CPU count wrap around, so the boot starts every CPU"},
    {"down-in-callers-context", "B25", "2b8272ff4a70",
     "the requesting task takes the CPU down itself, although a timer of this task is on that CPU"},
    {"last-housekeeping-goes", "B28", "38685e2a0476",
     "the last CPU that is not isolated may go offline"},
    {"stale-hrtimer-base", "B29", "2f8dea1692ee",
     "the hrtimer base is initialised only at hrtimers:prepare, which a partial bring-up skips"},
    {"hrtimer-after-dying", "B30", "53dac345395c",
     "RCU arms a timer on the dying CPU after the timers of that CPU have been moved away"},
    {"wakeup-aborts-reboot", "B31", "e98eac6ff1b4",
     "a pending wake-up aborts not only a suspend, but also the takedowns of a reboot"},
    {"unbalanced-enable", "B32", "Handle unbalanced hotplug enable/disable",
     "enabling hotplug once too often makes the counter negative"},
    {"idle-mm-dropped-by-dead-cpu", "B33", "bf2c59fce407",
     "the dead CPU drops the mm of its idle task itself, while RCU does not watch this CPU"},
    {"park-reported-early", "B34", "85f1abe0019f",
     "a thread is reported as parked before it has left its CPU"},
    {"cpusets-asynchronous", "B35", "64c71be97c02",
     "a bring-up returns before the cpusets contain the CPU"},
    {"threads-unparked-early", "B36", "00df35f99191",
     "per-CPU threads are unparked before the CPU is active"},
    {"dead-wait-unbounded", "B37", "8038dad7e888",
     "the control CPU waits for the dying CPU to report dead without a time-out"},
    {"smt-siblings-never-booted", "B38", "0cc3cd21657b",
     "with nosmt the sibling threads are refused before each of them has booted once"},
    {"alive-timeout-race", "B39", "x86 before the callout handshake, 2012",
     "an AP that comes alive after the time-out does not wait for its release"},
    {"stray-completion", "B42", "5f4b55e10645",
     "a hotplug thread calls complete() even if it was woken without work"},
    {"shared-boot-status", "1.9.14", "arm64, one boot-status word for all APs",
     "an AP that fails writes its status into a word that all CPUs share"},
    {"run-queue-left-offline", "C1", "fe7a11c78d2a",
     "when sched_cpu_deactivate() fails, the CPU's run queue stays offline"},
    {"smt-starts-whole-cores", "C2", "2066f00e5b2d",
     "switching SMT on also brings up the primary threads that maxcpus= has left offline"},
    {"atomic-callbacks-interruptible", "C3", "c94291914b20",
     "on a machine with one CPU, registering a STARTING state calls the callback with interrupts "
     "on"},
    {"deadline-server-runs-on", "C5", "ee6e44dfe6e5",
     "the deadline server of a dying CPU is not stopped: its timer moves to another CPU, and "
     "starts the server again"},
    {"offline-cpu-free-for-deadlines", "C6", "382748c05e58",
     "when the last deadline task leaves a dying CPU, the scheduler marks this CPU as free for "
     "deadline tasks"},
    {"static-key-takes-lock", "C8", "0f7ced7d620e",
     "the startup of acpi/cpu-drv:online switches a static key with static_branch_enable(), which "
     "takes cpu_hotplug_lock"},
    {"kexec-threads-refused", "C9", "c2296a1e4241",
     "a kexec on powerpc wakes the offline CPUs without switching SMT on before, so the threads "
     "that smt/control forbids are refused"},
    {"perf-online-early", "C10", "f400565faa50",
     "perf takes a CPU for online from perf:prepare on, instead of perf:online"},
    {"clock-event-left-running", "C11", "3b1596a21fbf",
     "the clock event device of a dying CPU is not shut down in tick:dying"},
    {"push-queued-twice", "C13", "009836b4fa52",
     "the wake-up of a stopper may come after the CPU has become inactive, and the CPU then queues "
     "the same stopper work again"},
    {"instance-under-drivers-lock", "C15", "22465bbac53c",
     "a driver adds an instance under a lock that its callbacks take, too"},
    {"stopped-cpu-not-reported", "C18", "9f3f3bdc6d9d",
     "a CPU that stops does not report to RCU that it has gone"},
    {"failed-prepare-freed", "C19", "20250421163134.2024-1-mhklinux@outlook.com",
     "after a PREPARE startup has failed, the rollback calls the teardown of this state, too"},
    {"early-death-unlogged", "C21", "akzVVSWMOomcw1pG@willie-the-truck",
     "an AP that dies early leaves the present mask, so the boot's second pass skips this AP"},
    {"cpusets-deferred", "C22", "ca174c705db5",
     "a kworker updates the cpusets, and the bring-up does not wait for it"},
    {"work-for-absent-cpus", "C23", "f8d5aaaf90f8",
     "SRCU queues work on a CPU that was never online, and waits for it"},
}};

constexpr const DefectInfo& info(Defect d) { return kDefectInfos[static_cast<std::size_t>(d)]; }
constexpr std::optional<Defect> defect_by_name(std::string_view name) {
  for (std::size_t i = 0; i < kDefects; ++i)
    if (kDefectInfos[i].name == name) return static_cast<Defect>(i);
  return std::nullopt;
}

}  // namespace cpuhp
