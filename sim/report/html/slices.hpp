// What a picture shows of each CPU: slices for its work (callbacks, phases, waits, interrupts and
// stop_machine()), and marks for single moments.
#pragma once

#include <cstdint>
#include <vector>

#include "model/events.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

enum class SliceKind : std::uint8_t {
  Step,
  Phase,
  Spin,   ///< a wait during which the CPU spins
  Sleep,  ///< a wait during which the task sleeps, so that the CPU is free
  Interrupt,
  Stop,
};

/// What many slices have in common. A run has only few different values.
struct SliceShape {
  SliceKind kind = SliceKind::Step;
  Role role = Role::Control;
  NameId name = 0;  ///< name of the callback, the phase, or what a wait is for
  StateId step = -1;
  StateId target = 0;
  std::uint16_t instance = 0;
  NameId state = 0;  ///< name of a state that the run registered, as the table lacks it
  bool rollback = false;
  auto operator<=>(const SliceShape&) const = default;
};

struct Slice {
  Ns begin{};
  Ns duration{};
  std::uint32_t shape = 0;
  CpuId cpu = kNoCpu;  ///< the CPU that the slice is for
  std::uint32_t depth = 0;
  std::int32_t ret = 0;
  bool open = false;  ///< the slice has no end
};

/// How a CPU's way up or down continues after a callback has failed.
enum class AfterFailure : std::uint8_t {
  Nothing,  ///< no failure, or the CPU goes no further
  Back,     ///< the CPU goes back
  On,       ///< the kernel ignores the error, and the CPU goes on
};

/// A moment to mark: an event for CPU `cpu`, executed on CPU `on`.
struct SliceMark {
  Ns time{};
  EventKind kind = EventKind::Kick;
  CpuId cpu = kNoCpu;
  CpuId on = kNoCpu;
  NameId name = 0;
  std::int32_t ret = 0;
  AfterFailure after = AfterFailure::Nothing;  ///< for the exit of a callback that failed
};

struct Slices {
  std::vector<SliceShape> shapes;
  std::vector<std::vector<Slice>> lanes;  ///< by CPU: sorted by begin, enclosing slices first
  std::vector<SliceMark> marks;           ///< by time
};

Slices slices(const EventStream& stream, Ns end);

}  // namespace cpuhp
