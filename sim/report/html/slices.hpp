// The work of each CPU as slices in a lane (callbacks, phases, waits, interrupts and
// stop_machine()), and the moments that a picture marks, both made from the stream of events.
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

/// Properties that slices share. A run has few different ones.
struct SliceShape {
  SliceKind kind = SliceKind::Step;
  Role role = Role::Control;
  NameId name = 0;  ///< name of the callback, of the phase, or of the thing waited for
  StateId step = -1;
  StateId target = 0;
  std::uint16_t instance = 0;
  NameId state = 0;  ///< name of a step that was registered in the run, not in the table
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
  bool open = false;  ///< the slice never ended
};

/// The course of a walk after one of its callbacks has failed.
enum class AfterFailure : std::uint8_t {
  Nothing,  ///< there was no failure, or the walk does not continue
  Back,     ///< the walk turns round
  On,       ///< the kernel ignores the error
};

/// A marked moment: an event of some kind about one CPU, executed on the same or another CPU.
struct SliceMark {
  Ns time{};
  EventKind kind = EventKind::Kick;
  CpuId cpu = kNoCpu;
  CpuId on = kNoCpu;
  NameId name = 0;
  std::int32_t ret = 0;
  AfterFailure after = AfterFailure::Nothing;  ///< after an Exit
};

struct Slices {
  std::vector<SliceShape> shapes;
  std::vector<std::vector<Slice>> lanes;  ///< one for each CPU, sorted by begin, outer slices first
  std::vector<SliceMark> marks;           ///< by time
};

Slices slices(const EventStream& stream, Ns end);

}  // namespace cpuhp
