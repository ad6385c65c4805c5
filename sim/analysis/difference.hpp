// Two runs or traces, aligned by CPU, step, direction and occurrence.
//
//   const Difference d = difference(a, b);
//   d.steps[0].name;          // what differs most
//   d.went;                   // states that only the first has
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/analysis/blame.hpp"
#include "sim/analysis/trace_subject.hpp"

namespace cpuhp {

/// One of the two.
struct DiffSide {
  std::string label;   ///< file, and the design of a scenario
  std::string kernel;  ///< of its table or recording; may be empty
  bool simulated = false;
  const EventStream* stream = nullptr;
  StreamFacts facts;
  std::vector<std::string> states;  ///< names that it knows, in order; empty: unknown
  std::vector<Span> operations;     ///< of a trace one: all of it
};

/// A duration on both sides.
struct Delta {
  BlameKind kind = BlameKind::Step;
  std::string name;
  Direction direction = Direction::Up;
  std::size_t count_a = 0, count_b = 0;
  Ns a{}, b{};
  CpuId cpu = kNoCpu;  ///< of a step: where it differs most; of a CPU: that one
  Ns delta() const { return b - a; }
};

/// A state or step that is only on one side, or has another callback there.
struct CameOrWent {
  std::string name;
  std::string symbol_a, symbol_b;  ///< callbacks that ran, or empty
  bool in_a = false, in_b = false;
};

/// The first event that is not the same, and what stands around it.
struct Divergence {
  CpuId cpu = kNoCpu;               ///< whose events differ
  std::string why;                  ///< "only in B", "another result", "later by 1.2 ms"
  std::optional<std::size_t> a, b;  ///< index in its stream
  std::vector<std::string> context_a, context_b;  ///< lines; the event itself begins with "> "
};

struct Difference {
  std::string label_a, label_b;
  std::string kernel_a, kernel_b;
  bool same = true;
  /// What is compared: of two runs all of it. With a trace on either side, their operations alone,
  /// without what lies before, between and after them.
  Ns total_a{}, total_b{};
  Ns outside_a{}, outside_b{};  ///< the rest
  std::optional<Divergence> first;
  std::vector<Delta> phases;  ///< the largest |delta| first; these four
  std::vector<Delta> steps;
  std::vector<Delta> waits;        ///< spins, sleeps, locks, stops
  std::vector<Delta> cpus;         ///< time in callbacks and phases for that CPU
  std::vector<CameOrWent> states;  ///< states that came, went, or run another callback
  CriticalChain chain_a, chain_b;
  CpuId boot_cpu_a = 0, boot_cpu_b = 0;
};

/// A trace, which has to outlive its side.
DiffSide trace_side(const TraceSubject& trace);

Difference difference(const DiffSide& a, const DiffSide& b);

}  // namespace cpuhp
