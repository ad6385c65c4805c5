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
#include "model/state_table.hpp"

namespace cpuhp {

enum class OpKind : std::uint8_t {
  Boot,            ///< bring up every present CPU, as smp_init() does
  Shutdown,        ///< take down all CPUs except one, for a reboot
  Up,              ///< cpu_up(cpu, target)
  Down,            ///< cpu_down(cpu, target)
  Write,           ///< a write to a sysfs file: path, text
  Read,            ///< a read of a sysfs file: path
  Setup,           ///< cpuhp_setup_state(): state, calls
  Remove,          ///< cpuhp_remove_state(): state, calls
  AddInstance,     ///< cpuhp_state_add_instance(): state, instance, calls
  RemoveInstance,  ///< cpuhp_state_remove_instance(): state, instance, calls
  /// freeze_secondary_cpus(): cpu = the CPU that stays online; kNoCpu: the kernel chooses one.
  Suspend,
  Resume,  ///< thaw_secondary_cpus()
  /// sched_setaffinity() to a CPU, then general work there.
  Run,
};
inline constexpr std::size_t kOpKinds = static_cast<std::size_t>(OpKind::Run) + 1;
inline constexpr std::array<std::string_view, kOpKinds> kOpNames{
    "boot",         "shutdown",        "up",      "down",   "write", "read", "setup", "remove",
    "add_instance", "remove_instance", "suspend", "resume", "run"};

/// True for the name of an operation that registers or removes a state or an instance. Such an
/// operation calls callbacks on CPUs whose state does not change.
inline bool is_registration(std::string_view operation) {
  const auto name = [](OpKind kind) { return kOpNames[static_cast<std::size_t>(kind)]; };
  return operation == name(OpKind::Setup) || operation == name(OpKind::Remove) ||
         operation == name(OpKind::AddInstance) || operation == name(OpKind::RemoveInstance);
}

struct Operation {
  OpKind kind = OpKind::Boot;
  /// Earliest time at which the operation begins. Without it, the operation begins when the one
  /// before ends.
  std::optional<Ns> at;
  /// Number of another operation: this one begins `delay` after the begin of that one, in a task of
  /// its own. Later operations don't wait for it.
  std::optional<std::uint32_t> with;
  Ns delay{};                     ///< delay after the begin of operation `with`
  CpuId cpu = kNoCpu;             ///< for Up, Down, Run; Suspend: the CPU that stays online
  std::optional<StateId> target;  ///< for Up and Down; default: online, offline
  std::string path;               ///< for Write and Read: path below sys/devices/system/cpu
  std::string text;               ///< for Write: what is written
  /// CPU on which the asking task runs; kNoCpu or an inactive CPU: it runs anywhere.
  CpuId on = kNoCpu;
  /// Suspend, Shutdown: a wake-up is pending as soon as this many CPUs are down.
  std::optional<std::uint32_t> wakeup_after;
  /// Down, Write: the asking task has used up its CPU quota, and the timer that lets it continue is
  /// queued on this CPU.
  CpuId timer_on = kNoCpu;
  Ns work{};  ///< for Run: its CPU time
  /// Setup .. RemoveInstance: number of the state, of the table or declared.
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
};

}  // namespace cpuhp
