// The work of each CPU as slices of its lane: callbacks, phases, waits, interrupts and stops; and
// the single dates that a picture marks. Read from the stream of events.
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
  NameId state = 0;  ///< name of a registered step, which the table does not know
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

/// The walk's course after one of its callbacks has failed.
enum class AfterFailure : std::uint8_t {
  Nothing,  ///< no failure; or no walk continues from here
  Back,     ///< the walk turns round
  On,       ///< the kernel ignores the error
};

/// A marked date: an event (EventKind) about a CPU, on a CPU.
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
  std::vector<std::vector<Slice>> lanes;  ///< one for each CPU; by begin, outer ones first
  std::vector<SliceMark> marks;           ///< by time
};

Slices slices(const EventStream& stream, Ns end);

}  // namespace cpuhp
