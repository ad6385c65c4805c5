// Compares two runs or traces: the events of each CPU, in their order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/analysis/blame.hpp"
#include "sim/analysis/trace_subject.hpp"

namespace cpuhp {

/// One of the two runs or traces.
struct DiffSide {
  std::string label;   ///< name of the file, and the scenario's design
  std::string kernel;  ///< of its table or recording; may be empty
  bool simulated = false;
  const EventStream* stream = nullptr;
  StreamFacts facts;
  std::vector<std::string> states;  ///< names of its states, in order; empty: unknown
  std::vector<Span> operations;     ///< for a trace: one span with all its operations
};

/// The total time of a step, a phase, a wait or a CPU, on side A and on side B.
struct Delta {
  BlameKind kind = BlameKind::Step;
  std::string name;
  Direction direction = Direction::Up;
  std::size_t count_a = 0, count_b = 0;
  Ns a{}, b{};
  /// The CPU whose durations differ most. In Difference::cpus: the CPU of this row.
  CpuId cpu = kNoCpu;
  Ns delta() const { return b - a; }
};

/// A state or step that only one side has, or whose callbacks differ.
struct CameOrWent {
  std::string name;
  std::string symbol_a, symbol_b;  ///< callbacks that ran; may be empty
  bool in_a = false, in_b = false;
};

/// The first difference, and the events around it.
struct Divergence {
  CpuId cpu = kNoCpu;               ///< the CPU whose events differ
  std::string why;                  ///< "only in B", "another result", "later in B by 1.2 ms"
  std::optional<std::size_t> a, b;  ///< index in the stream; no value: the side has no such event
  std::vector<std::string> context_a, context_b;  ///< lines; that of the event begins with "> "
};

struct Difference {
  std::string label_a, label_b;
  std::string kernel_a, kernel_b;
  bool same = true;
  /// The times that are compared. For two simulated runs this is all of each run. When one side is
  /// a trace, only operations count, without the time before, between and after them.
  Ns total_a{}, total_b{};
  Ns outside_a{}, outside_b{};  ///< times that are not compared
  std::optional<Divergence> first;
  std::vector<Delta> phases;  ///< here and in the next three lists, the largest |delta| comes first
  std::vector<Delta> steps;
  std::vector<Delta> waits;        ///< spins, sleeps, locks, stops
  std::vector<Delta> cpus;         ///< time in callbacks and phases for each CPU
  std::vector<CameOrWent> states;  ///< states that only one side has, or with other callbacks
  CriticalChain chain_a, chain_b;
  CpuId boot_cpu_a = 0, boot_cpu_b = 0;
};

/// Returns a trace as one side of a comparison. The trace must outlive the side.
DiffSide trace_side(const TraceSubject& trace);

Difference difference(const DiffSide& a, const DiffSide& b);

}  // namespace cpuhp
