// Two runs or traces, aligned by CPU, step, direction and occurrence.
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
  std::string label;   ///< file, and the design of a scenario
  std::string kernel;  ///< kernel of its table or recording; may be empty
  bool simulated = false;
  const EventStream* stream = nullptr;
  StreamFacts facts;
  std::vector<std::string> states;  ///< names of the states that it knows, in order; empty: unknown
  std::vector<Span> operations;     ///< a trace has one: all of its operations
};

/// A duration on both sides.
struct Delta {
  BlameKind kind = BlameKind::Step;
  std::string name;
  Direction direction = Direction::Up;
  std::size_t count_a = 0, count_b = 0;
  Ns a{}, b{};
  /// for a step: the CPU with the largest difference; in Difference::cpus: the CPU of the row
  CpuId cpu = kNoCpu;
  Ns delta() const { return b - a; }
};

/// A state or step that is on one side only, or has different callbacks on the two sides.
struct CameOrWent {
  std::string name;
  std::string symbol_a, symbol_b;  ///< callbacks that ran, or empty
  bool in_a = false, in_b = false;
};

/// The first event that differs, and the events around it.
struct Divergence {
  CpuId cpu = kNoCpu;               ///< the CPU whose events differ
  std::string why;                  ///< "only in B", "another result", "later by 1.2 ms"
  std::optional<std::size_t> a, b;  ///< index in the stream of that side
  std::vector<std::string> context_a, context_b;  ///< lines; the event itself begins with "> "
};

struct Difference {
  std::string label_a, label_b;
  std::string kernel_a, kernel_b;
  bool same = true;
  /// The times compared. Two simulated runs are compared as a whole; with a trace on either side
  /// only the operations count, without the time before, between and after them.
  Ns total_a{}, total_b{};
  Ns outside_a{}, outside_b{};  ///< time not compared
  std::optional<Divergence> first;
  std::vector<Delta> phases;  ///< in this and the next three lists the largest |delta| is first
  std::vector<Delta> steps;
  std::vector<Delta> waits;        ///< spins, sleeps, locks, stops
  std::vector<Delta> cpus;         ///< time in callbacks and phases for that CPU
  std::vector<CameOrWent> states;  ///< states that came, went, or run another callback
  CriticalChain chain_a, chain_b;
  CpuId boot_cpu_a = 0, boot_cpu_b = 0;
};

/// Makes a side from a trace. The trace has to outlive the side.
DiffSide trace_side(const TraceSubject& trace);

Difference difference(const DiffSide& a, const DiffSide& b);

}  // namespace cpuhp
