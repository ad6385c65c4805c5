// The operations that a scenario carries out on the machine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cpumask.hpp"
#include "model/ns.hpp"
#include "model/rows.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

enum class OpKind : std::uint8_t {
  Boot,
  Shutdown,
  Up,
  Down,
  Write,
  Read,
  Setup,
  Remove,
  AddInstance,
  RemoveInstance,
  Suspend,
  Resume,
  Run,
  Plug,
  Unplug,
};
inline constexpr std::size_t kOpKinds = static_cast<std::size_t>(OpKind::Unplug) + 1;

inline constexpr std::array<Named<OpKind>, kOpKinds> kOperations{{
    {OpKind::Boot, "boot", "Bring up every present CPU, as smp_init() does."},
    {OpKind::Shutdown, "shutdown", "Reboot or kexec: take every CPU but the control CPU down."},
    {OpKind::Up, "up", "cpu_up(cpu, target)."},
    {OpKind::Down, "down", "cpu_down(cpu, target)."},
    {OpKind::Write, "write", "A write to a file under /sys/devices/system/cpu."},
    {OpKind::Read, "read", "A read of a file under /sys/devices/system/cpu."},
    {OpKind::Setup, "setup", "cpuhp_setup_state(): a driver registers a state."},
    {OpKind::Remove, "remove", "cpuhp_remove_state(): the driver removes the state."},
    {OpKind::AddInstance, "add_instance",
     "cpuhp_state_add_instance(): add an instance of a multi-instance state."},
    {OpKind::RemoveInstance, "remove_instance",
     "cpuhp_state_remove_instance(): remove an instance of a multi-instance state."},
    {OpKind::Suspend, "suspend",
     "freeze_secondary_cpus(): take every CPU but one down; CPU hotplug is disabled until "
     "`resume`."},
    {OpKind::Resume, "resume", "thaw_secondary_cpus(): bring the same CPUs up again."},
    {OpKind::Run, "run",
     "An ordinary task moves to a CPU with sched_setaffinity() and runs there; -EINVAL if the CPU "
     "is not active."},
    {OpKind::Plug, "plug",
     "ACPI: a CPU comes to the machine. It is present then, and offline; -EALREADY if it was."},
    {OpKind::Unplug, "unplug",
     "ACPI: take a CPU away from the machine. It goes offline before; -EBUSY if it cannot."},
}};
static_assert(in_order(kOperations));

constexpr std::string_view to_string(OpKind kind) { return row_of(kOperations, kind).name; }

/// True for an operation that registers or removes a state or an instance. It calls callbacks of
/// CPUs whose own state does not change.
constexpr bool is_registration(OpKind kind) {
  return kind >= OpKind::Setup && kind <= OpKind::RemoveInstance;
}
constexpr bool is_registration(std::string_view operation) {
  const auto* const row = row_named(kOperations, operation);
  return row != nullptr && is_registration(row->value);
}

struct Operation {
  OpKind kind = OpKind::Boot;
  /// Earliest time at which the operation begins. Without this value, the operation begins when the
  /// one before ends.
  std::optional<Ns> at;
  /// Number of another operation. The operation here begins `delay` after the begin of that one, in
  /// a task of its own, and later operations don't wait for it.
  std::optional<std::uint32_t> with;
  Ns delay{};          ///< delay after the begin of operation `with`
  CpuId cpu = kNoCpu;  ///< for Up, Down, Run, Plug, Unplug; Suspend: the CPU that stays online
  std::optional<StateId> target;  ///< for Up and Down; default: online, offline
  std::string path;               ///< for Write and Read: path below sys/devices/system/cpu
  std::string text;               ///< for Write: what is written
  /// CPU on which the asking task runs; kNoCpu or an inactive CPU: it runs anywhere.
  CpuId on = kNoCpu;
  /// Suspend, Shutdown: a wake-up of the system is pending once this number of CPUs is down.
  std::optional<std::uint32_t> wakeup_after;
  bool kexec = false;  ///< Shutdown: a kexec, which wakes the offline CPUs before on powerpc
  /// Down, Write: the asking task has used up its CPU quota, and the timer that lets it continue is
  /// queued on this CPU. When this CPU is taken down, some kernels hang (B25).
  CpuId timer_on = kNoCpu;
  Ns work{};  ///< for Run: its CPU time
  /// Write: -errno that the firmware gives back if the file asks it; 0: it does what is asked.
  int firmware = 0;
  /// Setup .. RemoveInstance: the number in the table, or declared_id() for a declared state.
  StateId state = -1;
  std::uint16_t instance = 0;  ///< for AddInstance and RemoveInstance
  /// Setup .. RemoveInstance: call the callbacks on the CPUs that have passed the state.
  bool calls = true;
};

/// The result of an operation.
struct OpResult {
  bool returned = false;
  int ret = 0;  ///< 0 or -errno; Setup of a dynamic state: the state's number
  Ns begin{}, end{};
  std::string text;  ///< Read: contents of the file, with the newline
  bool operator==(const OpResult&) const = default;
};

}  // namespace cpuhp
