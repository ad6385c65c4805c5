// Blame: the costs that make up a span of time, summed over all CPUs, and unusually long
// occurrences.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/analysis/critical_chain.hpp"

namespace cpuhp {

enum class BlameKind : std::uint8_t {
  Step,   ///< a callback, without the phases, waits and callbacks within it
  Phase,  ///< a phase of the cost profile
  Spin,   ///< a wait during which the CPU spins
  Sleep,  ///< a wait during which the task sleeps
  Lock,   ///< a wait for a lock
  Stop,   ///< stop_machine(), during which all online CPUs stand still
};
std::string_view to_string(BlameKind kind);

struct BlameRow {
  BlameKind kind = BlameKind::Step;
  std::string name;
  std::string symbol;  ///< callback of a Step
  StateId step = -1;
  Direction direction = Direction::Up;  ///< direction of a Step
  std::size_t count = 0;
  Ns sum{};
  Ns median{};
  Ns largest{};
  /// the CPU that was brought up or taken down in the largest occurrence
  CpuId largest_cpu = kNoCpu;
  Ns on_chain{};  ///< the part of `sum` on the critical chain
};

/// An occurrence that took much longer than the others of its row.
struct Outlier {
  BlameKind kind = BlameKind::Step;
  std::string name;
  Direction direction = Direction::Up;
  CpuId cpu = kNoCpu;
  Ns begin{};
  Ns duration{};
  Ns median{};        ///< median of its row; 0: it is the row's only occurrence
  std::string place;  ///< "first CPU of socket 1", "first sibling thread of the machine", or empty
};

struct Blame {
  std::vector<BlameRow> rows;     ///< the largest sum first
  std::vector<Outlier> outliers;  ///< the longest first
};

/// One callback, phase or wait, and the CPU that it was for.
struct Occurrence {
  Ns begin{};
  Ns duration{};
  CpuId cpu = kNoCpu;
};

/// A row, and the callbacks, phases or waits that it sums up.
struct Occurrences {
  BlameRow row;
  std::vector<Occurrence> all;
};

/// Returns all rows. Their order is fixed, but has no meaning.
std::vector<Occurrences> occurrences(const EventStream& stream, const Span& span,
                                     const StreamFacts& facts);

Blame blame(const EventStream& stream, const Span& span, const StreamFacts& facts,
            const CriticalChain& chain);

}  // namespace cpuhp
