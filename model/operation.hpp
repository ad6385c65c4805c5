// What a scenario asks the machine to do, one operation after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/cpumask.hpp"
#include "model/ns.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

enum class OpKind : std::uint8_t {
  Boot,      ///< bring up every present CPU, as smp_init() does
  Shutdown,  ///< take every CPU but the control CPU down
  Up,        ///< cpu_up(cpu, target)
  Down,      ///< cpu_down(cpu, target)
  Write,     ///< a write to a sysfs file: path, text
};

struct Operation {
  OpKind kind = OpKind::Boot;
  std::optional<Ns> at;           ///< not before this date; otherwise right after the one before
  CpuId cpu = kNoCpu;             ///< Up, Down
  std::optional<StateId> target;  ///< Up, Down; default: online, offline
  std::string path;               ///< Write: under sys/devices/system/cpu
  std::string text;
};

/// What an operation gave back.
struct OpResult {
  int ret = 0;  ///< 0 or -errno
  Ns begin{}, end{};
};

}  // namespace cpuhp
