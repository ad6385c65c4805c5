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
  Shutdown,        ///< take down all CPUs except the one that stays
  Up,              ///< cpu_up(cpu, target)
  Down,            ///< cpu_down(cpu, target)
  Write,           ///< a write to a sysfs file: path, text
  Read,            ///< a read of a sysfs file: path
  Setup,           ///< cpuhp_setup_state(): state, calls
  Remove,          ///< cpuhp_remove_state(): state, calls
  AddInstance,     ///< cpuhp_state_add_instance(): state, instance, calls
  RemoveInstance,  ///< cpuhp_state_remove_instance(): state, instance, calls
  /// freeze_secondary_cpus(): cpu = the CPU that stays; kNoCpu: the kernel chooses it.
  Suspend,
  Resume,  ///< thaw_secondary_cpus()
  /// Send general work to a CPU by sched_setaffinity(), and run it there.
  Run,
};
inline constexpr std::size_t kOpKinds = static_cast<std::size_t>(OpKind::Run) + 1;
inline constexpr std::array<std::string_view, kOpKinds> kOpNames{
    "boot",         "shutdown",        "up",      "down",   "write", "read", "setup", "remove",
    "add_instance", "remove_instance", "suspend", "resume", "run"};

/// True for the name of an operation that registers or removes something. It calls callbacks
/// without a walk: the state of no CPU moves.
inline bool is_registration(std::string_view operation) {
  const auto name = [](OpKind kind) { return kOpNames[static_cast<std::size_t>(kind)]; };
  return operation == name(OpKind::Setup) || operation == name(OpKind::Remove) ||
         operation == name(OpKind::AddInstance) || operation == name(OpKind::RemoveInstance);
}

struct Operation {
  OpKind kind = OpKind::Boot;
  /// Date before which the operation does not begin; without it, it begins right after the one
  /// before.
  std::optional<Ns> at;
  /// Number of the operation at whose begin, plus `delay`, this one begins as a task of its own.
  /// Later operations don't wait for it.
  std::optional<std::uint32_t> with;
  Ns delay{};                     ///< delay after the begin of operation `with`
  CpuId cpu = kNoCpu;             ///< Up, Down
  std::optional<StateId> target;  ///< Up, Down; default: online, offline
  std::string path;               ///< Write, Read: under sys/devices/system/cpu
  std::string text;               ///< Write
  /// CPU that the asking task runs on; kNoCpu, or one that is off: the task chooses.
  CpuId on = kNoCpu;
  /// Suspend, Shutdown: a wake-up is pending once this number of CPUs is down.
  std::optional<std::uint32_t> wakeup_after;
  /// Down, Write: CPU on which the timer is queued that would let the asking task continue. The
  /// task's quota is used up.
  CpuId timer_on = kNoCpu;
  Ns work{};  ///< Run: CPU time
  /// Setup .. RemoveInstance: number of a state of the table, or of a declared one.
  StateId state = -1;
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
