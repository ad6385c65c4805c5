// Historical bugs of CPU hotplug (docs/kernel.md 8.1), one switch for each. Exactly one place in
// model/ reads each switch (a test counts them). The effect shows in the events.
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
};
inline constexpr std::size_t kDefects = static_cast<std::size_t>(Defect::SharedBootStatus) + 1;
using Defects = std::bitset<kDefects>;

struct DefectInfo {
  std::string_view name;  ///< name in scenarios
  std::string_view bug;   ///< section of docs/kernel.md: 8.1 or 8.3
  std::string_view fix;   ///< the commit with the fix, or a description of the bug
  std::string_view what;  ///< the wrong behaviour in one clause
};

inline constexpr std::array<DefectInfo, kDefects> kDefectInfos{{
    {"death-report-race", "B1", "71f87b2fc64c",
     "the dying CPU completes the control task's wait before it has told RCU"},
    {"smpboot-parked-early", "B2", "2a58c527bb56",
     "per-CPU threads are parked before the RCU grace period that needs them"},
    {"refused-takedown-no-rollback", "B3", "3b9d6da67e11",
     "after a refused takedown the AP's own section is not started again"},
    {"unserialized-callbacks", "B4", "dc434e056fe1",
     "registrations do not hold cpuhp_state_mutex over their callbacks"},
    {"unpark-from-idle", "B5", "9cd4f1a4e7a8",
     "the coming CPU unparks its hotplug thread from its idle task"},
    {"stopper-late", "B6", "45178ac0cea8",
     "the control CPU enables the stopper, after the CPU is in its idle loop"},
    {"vanished-ap-asserts", "B7", "dea1d0f5f128",
     "an AP that completes and is not online is a BUG, not an error"},
    {"target-error-leaks-lock", "B8", "40da1b11f01e",
     "a refused write to target returns with device_hotplug_lock held"},
    {"state-overwritten", "B9", "dc280d936239",
     "setting up a state that is taken replaces the callbacks of the first user"},
    {"dynamic-always-busy", "B9", "b9d9d6911bd5",
     "a dynamic number is marked before it is stored: every request is -EBUSY"},
    {"stale-node", "B10", "1f7c70d6b2bc",
     "adding an instance leaves it in the CPU's record: the next walk calls only that one"},
    {"wrong-slot-cleared", "B11", "0c96b27305fa",
     "removing the first dynamic state clears a free number in its place"},
    {"refused-takedown-moves-state", "B12", "69fa6eb7d6a6",
     "the control CPU's undo moves the state past cpu:teardown: nobody rolls the AP back"},
    {"stale-callback-fields", "B13", "f8b7530aa0a1",
     "the hotplug thread sees that it should run before it sees what"},
    {"rollback-without-takedown", "B14", "206b92353c83",
     "a failed bring-up frees what the living CPU uses, because takedown is empty"},
    {"fail-out-of-range", "B15", "33d4a5a7a5b4", "fail takes numbers outside the table"},
    {"fail-on-dead-state", "B16", "62f250694092",
     "fail takes states that can't be rolled back from"},
    {"undo-stops-early", "B17", "453e41085183",
     "a failed takedown does not start the state again that it had come from"},
    {"atomic-error-aborts", "B18", "6f855b39e460",
     "an error of a STARTING or DYING callback stops the walk"},
    {"dying-mask-of-cpu0", "B19", "acd508a1f8ab",
     "a CPU whose first bring-up fails at threads:prepare marks CPU 0 as dying"},
    {"equal-target-goes-down", "B20", "64ea6e44f85b",
     "writing the present state to target takes the way down"},
    {"dynamic-prepare-skipped", "B21", "932d8476399f",
     "setting up a dynamic PREPARE state calls nothing"},
    {"instance-error-lost", "B22", "673db10729fb",
     "rolling instances back overwrites the error that made it necessary"},
    {"boot-mask-off-by-one", "B23", "06c6796e0304",
     "the boot's limit is counted before the CPU is brought up: the last one stays off"},
    {"maxcpus-zero-starts-all", "B24", "6ef8eb512572", "maxcpus=0 wraps and starts every CPU"},
    {"down-in-callers-context", "B25", "2b8272ff4a70",
     "the task that asks takes the CPU down itself, though its own timer is on that CPU"},
    {"last-housekeeping-goes", "B28", "38685e2a0476",
     "the last CPU that is not isolated may go offline"},
    {"stale-hrtimer-base", "B29", "2f8dea1692ee",
     "the timer base is only initialised at hrtimers:prepare, which a partial bring-up leaves out"},
    {"hrtimer-after-dying", "B30", "53dac345395c",
     "RCU arms a timer on the dying CPU after its timers have left it"},
    {"wakeup-aborts-reboot", "B31", "e98eac6ff1b4",
     "a pending wake-up aborts the reboot's takedowns, too"},
    {"unbalanced-enable", "B32", "Handle unbalanced hotplug enable/disable",
     "enabling hotplug once too often makes the counter negative"},
    {"idle-mm-dropped-by-dead-cpu", "B33", "bf2c59fce407",
     "the dead CPU drops its idle task's memory itself, where RCU does not watch"},
    {"park-reported-early", "B34", "85f1abe0019f",
     "parking is reported before the thread has left its CPU"},
    {"cpusets-asynchronous", "B35", "64c71be97c02",
     "a bring-up returns before the cpusets know the CPU"},
    {"threads-unparked-early", "B36", "00df35f99191",
     "per-CPU threads are unparked before the scheduler knows the CPU"},
    {"dead-wait-unbounded", "B37", "8038dad7e888",
     "the wait for the dying CPU's last word has no time-out"},
    {"smt-siblings-never-booted", "B38", "0cc3cd21657b",
     "with nosmt the siblings are refused before they have booted once"},
    {"alive-timeout-race", "B39", "x86 before the callout handshake, 2012",
     "an AP that comes alive after the time-out does not wait for its release"},
    {"stray-completion", "B42", "5f4b55e10645",
     "a hotplug thread that is woken for nothing completes all the same"},
    {"shared-boot-status", "1.9.14", "arm64, one boot-status word for all APs",
     "an AP that fails writes its status into a word that all CPUs share"},
}};

constexpr const DefectInfo& info(Defect d) { return kDefectInfos[static_cast<std::size_t>(d)]; }
constexpr std::optional<Defect> defect_by_name(std::string_view name) {
  for (std::size_t i = 0; i < kDefects; ++i)
    if (kDefectInfos[i].name == name) return static_cast<Defect>(i);
  return std::nullopt;
}

}  // namespace cpuhp
