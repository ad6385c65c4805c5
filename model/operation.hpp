// The operations that a scenario asks of the machine, one after the other.
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
  Shutdown,        ///< take every CPU but the control CPU down
  Up,              ///< cpu_up(cpu, target)
  Down,            ///< cpu_down(cpu, target)
  Write,           ///< a write to a sysfs file: path, text
  Read,            ///< a read of a sysfs file: path
  Setup,           ///< cpuhp_setup_state(): state, calls
  Remove,          ///< cpuhp_remove_state(): state, calls
  AddInstance,     ///< cpuhp_state_add_instance(): state, instance, calls
  RemoveInstance,  ///< cpuhp_state_remove_instance(): state, instance, calls
  Suspend,         ///< freeze_secondary_cpus(): cpu = the CPU that stays, or the kernel's choice
  Resume,          ///< thaw_secondary_cpus()
  Run,             ///< general work is sent to a CPU: sched_setaffinity(), then it runs there
};
inline constexpr std::size_t kOpKinds = static_cast<std::size_t>(OpKind::Run) + 1;
inline constexpr std::array<std::string_view, kOpKinds> kOpNames{
    "boot",         "shutdown",        "up",      "down",   "write", "read", "setup", "remove",
    "add_instance", "remove_instance", "suspend", "resume", "run"};

/// True for the name of an operation that registers or removes something. Its callbacks run by
/// themselves: no CPU's state moves with them.
inline bool is_registration(std::string_view operation) {
  const auto name = [](OpKind kind) { return kOpNames[static_cast<std::size_t>(kind)]; };
  return operation == name(OpKind::Setup) || operation == name(OpKind::Remove) ||
         operation == name(OpKind::AddInstance) || operation == name(OpKind::RemoveInstance);
}

struct Operation {
  OpKind kind = OpKind::Boot;
  std::optional<Ns> at;  ///< not before this date; otherwise right after the one before
  /// Number of the operation with which this one runs, as a task of its own that begins `delay`
  /// after it; the others don't wait.
  std::optional<std::uint32_t> with;
  Ns delay{};                     ///< delay after the begin of operation `with`
  CpuId cpu = kNoCpu;             ///< Up, Down
  std::optional<StateId> target;  ///< Up, Down; default: online, offline
  std::string path;               ///< Write, Read: under sys/devices/system/cpu
  std::string text;               ///< Write
  /// CPU that the asking task runs on; kNoCpu, or one that is off: the task chooses.
  CpuId on = kNoCpu;
  /// Suspend, Shutdown: a wake-up is pending once that many CPUs are down.
  std::optional<std::uint32_t> wakeup_after;
  /// Down, Write: the asking task's quota is used up, and the timer that would let it go on is
  /// queued on that CPU.
  CpuId timer_on = kNoCpu;
  Ns work{};                   ///< Run: CPU time
  StateId state = -1;          ///< Setup .. RemoveInstance: a state of the table, or a declared one
  std::uint16_t instance = 0;  ///< AddInstance, RemoveInstance
  /// Setup .. RemoveInstance: run the callbacks on the CPUs that are past the state.
  bool calls = true;
};

/// The result of an operation.
struct OpResult {
  bool returned = false;
  int ret = 0;  ///< 0 or -errno; Setup of a dynamic state: its number
  Ns begin{}, end{};
  std::string text;  ///< Read: text of the file, its newline included
};

}  // namespace cpuhp
