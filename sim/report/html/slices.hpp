// What each CPU executed, as slices of its lane: callbacks, phases, waits, interrupts, stops. And
// the single dates that a picture marks. Read from the stream of events.
//
//   const Slices s = slices(result.stream, config.table, result.end);
//   s.lanes[3][0];         // {.begin = 384201_ns, .duration = 99000_ns, .shape = 4, .cpu = 3}
//   s.shapes[4];           // {SliceKind::Phase, name "cpu_init", ...}
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/events.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

enum class SliceKind : std::uint8_t {
  Step,
  Phase,
  Spin,   ///< a wait that burns the CPU
  Sleep,  ///< a wait asleep: the CPU is free
  Interrupt,
  Stop,
};

/// What slices have in common. Few of them make up a run.
struct SliceShape {
  SliceKind kind = SliceKind::Step;
  Role role = Role::Control;
  NameId name = 0;  ///< callback, phase, what is waited for
  StateId step = -1;
  StateId target = 0;
  std::uint16_t instance = 0;
  NameId state = 0;  ///< name of the step where the table does not tell: registered
  bool rollback = false;
  auto operator<=>(const SliceShape&) const = default;
};

struct Slice {
  Ns begin{};
  Ns duration{};
  std::uint32_t shape = 0;
  CpuId cpu = kNoCpu;  ///< the CPU that is plugged
  std::uint32_t depth = 0;
  std::int32_t ret = 0;
  bool open = false;  ///< never ended
};

/// What the walk does after a callback of it has failed.
enum class AfterFailure : std::uint8_t {
  Nothing,  ///< no failure; or no walk goes on from here
  Back,     ///< it turns round
  On,       ///< the kernel ignores the error
};

/// A date: what happened (EventKind), for which CPU, where.
struct SliceMark {
  Ns time{};
  EventKind kind = EventKind::Kick;
  CpuId cpu = kNoCpu;
  CpuId on = kNoCpu;
  NameId name = 0;
  std::int32_t ret = 0;
  AfterFailure after = AfterFailure::Nothing;  ///< of an Exit
};

struct Slices {
  std::vector<SliceShape> shapes;
  std::vector<std::vector<Slice>> lanes;  ///< one a CPU; by begin, outer ones first
  std::vector<SliceMark> marks;           ///< by time
};

Slices slices(const EventStream& stream, Ns end);

}  // namespace cpuhp
