// A part of a stream that is explained: one operation from its begin to its end, or a whole trace.
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
  CpuId cpu = kNoCpu;  ///< the CPU that it is about; kNoCpu: the machine
  Ns begin{};          ///< a boot as first operation begins at power-on: date 0
  Ns end{};
  std::size_t first = 0;  ///< index of its first event
  /// index of its last event: OpEnd, BootDone, or the one at which it stopped
  std::size_t last = 0;
  bool returned = true;            ///< false: it hangs, or the kernel died
  std::vector<Pause> pauses = {};  ///< pauses between operations, if there are several; ascending
  Ns total() const { return end - begin; }
  Ns paused() const;
  /// Returns the time without the pauses.
  Ns busy() const { return total() - paused(); }
};

/// Returns every operation of a simulated run, in the order in which they began. A boot ends when
/// its last CPU is online (BootDone).
std::vector<Span> operations_of(const EventStream& stream);
/// Returns the span of a whole trace.
Span whole_trace(const EventStream& stream);
/// Returns the first pause that ends after `date`.
std::vector<Pause>::const_iterator pause_after(const std::vector<Pause>& pauses, Ns date);
/// Joins operations (at least one, sorted by begin) into one span with pauses between them.
Span together(const std::vector<Span>& operations, std::string what);
/// Returns the index of the longest operation, of those that never returned if there are any.
std::size_t most_interesting(const std::vector<Span>& operations);

/// Facts about a stream that its events do not hold.
struct StreamFacts {
  std::vector<std::string> steps;     ///< name of each state; empty: none
  const StateTable* table = nullptr;  ///< table that the callbacks belong to; nullptr: unknown
  CpuId boot_cpu = 0;
  const Topology* topology = nullptr;  ///< nullptr: unknown
  bool callbacks_only = false;         ///< a trace: enters and exits, nothing in between

  std::string step(StateId id) const;  ///< name, or number
  /// Returns the direction of a callback, from its Enter or MultiEnter.
  Direction direction(const Event& enter, const Names& names) const;
};

/// Returns the names of a run's states: those of the table and those that the run registered.
std::vector<std::string> step_names(const StateTable& table, const EventStream& stream);

}  // namespace cpuhp
