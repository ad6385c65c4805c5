// A part of a stream to explain: one operation, or a whole trace.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/costs.hpp"
#include "model/events.hpp"
#include "model/state_table.hpp"
#include "model/topology.hpp"

namespace cpuhp {

/// A time in which no CPU goes up or down.
struct Pause {
  Ns begin{}, end{};
};

struct Span {
  std::string what;    ///< kind of the operation; "trace"
  int operation = -1;  ///< index in the scenario; -1: a trace
  CpuId cpu = kNoCpu;  ///< the operation's CPU; kNoCpu: the machine
  Ns begin{};          ///< 0 for a boot that is the first operation
  Ns end{};
  std::size_t first = 0;  ///< index of its first event
  /// Index of its last event: OpEnd, BootDone, or the event at which the operation stopped.
  std::size_t last = 0;
  bool returned = true;            ///< false: it hangs, or the kernel has panicked
  std::vector<Pause> pauses = {};  ///< times between operations, if it has several; ascending
  Ns total() const { return end - begin; }
  Ns paused() const;
  /// Returns the time without the pauses.
  Ns busy() const { return total() - paused(); }
};

/// Returns every operation of a simulated run, in the order in which they begin. A boot ends when
/// its last CPU is online (BootDone).
std::vector<Span> operations_of(const EventStream& stream);
/// Returns the span of a whole trace.
Span whole_trace(const EventStream& stream);
/// Returns the first pause that ends after the time `date`.
std::vector<Pause>::const_iterator pause_after(const std::vector<Pause>& pauses, Ns date);
/// Joins operations (at least one, sorted by begin) to one span. The times between them are pauses.
Span together(const std::vector<Span>& operations, std::string what);
/// Returns the index of the longest operation that never returned; if all returned, of the longest.
std::size_t most_interesting(const std::vector<Span>& operations);

/// What is known about a stream besides its events.
struct StreamFacts {
  std::vector<std::string> steps;     ///< name of each state; empty: no name
  const StateTable* table = nullptr;  ///< table with the callbacks; nullptr: unknown
  CpuId boot_cpu = 0;
  const Topology* topology = nullptr;  ///< nullptr: unknown
  bool callbacks_only = false;         ///< true for a trace, which has only enters and exits

  std::string step(StateId id) const;  ///< name, or number
  /// Returns the direction of a callback, from its Enter or MultiEnter.
  Direction direction(const Event& enter, const Names& names) const;
};

/// Returns the names of a run's states: those in the table, and those that the run registered.
std::vector<std::string> step_names(const StateTable& table, const EventStream& stream);

}  // namespace cpuhp
