// Faults of a scenario: simulated failures, never ours.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/costs.hpp"
#include "model/cpumask.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

enum class FaultKind : std::uint8_t {
  Error,            ///< the callback returns `error`
  Delay,            ///< the callback takes `delay` longer
  Hang,             ///< the callback never returns
  NeverAlive,       ///< the AP shows no sign of life
  AliveLate,        ///< it does, `delay` later than it should
  NeverReleased,    ///< it is alive, but never gets on after its release
  NeverDead,        ///< it goes down and never says its last word
  DeadLate,         ///< it does, `delay` later
  RefusedTakedown,  ///< the architecture refuses to disable the CPU, with `error`
};

struct Fault {
  FaultKind kind = FaultKind::Error;
  CpuId cpu = kNoCpu;  ///< kNoCpu: any
  StateId state = -1;  ///< Error, Delay, Hang
  Direction direction = Direction::Up;
  std::uint32_t nth = 1;                ///< the n-th time only, 0: every time
  std::uint16_t instance = 0xffff;      ///< of a multi-instance state; 0xffff: any
  std::optional<std::uint32_t> during;  ///< that operation only, from 0; counts from there
  int error = -11;                      ///< -errno
  Ns delay{};
};

}  // namespace cpuhp
