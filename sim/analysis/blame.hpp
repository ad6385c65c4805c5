// Blame: the costs of a span added up over all CPUs, and single occurrences that stand out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/analysis/critical_chain.hpp"

namespace cpuhp {

enum class BlameKind : std::uint8_t {
  Step,   ///< a callback, less the phases, waits and callbacks nested in it
  Phase,  ///< a phase of the cost profile
  Spin,   ///< a wait that burns its CPU
  Sleep,  ///< a wait asleep
  Lock,   ///< a wait for a lock
  Stop,   ///< stop_machine(): all online CPUs stand still
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
  CpuId largest_cpu = kNoCpu;  ///< the CPU that was plugged in the largest occurrence
  Ns on_chain{};               ///< the part of `sum` that lies on the critical chain
};

/// One occurrence that is far from the others of its row.
struct Outlier {
  BlameKind kind = BlameKind::Step;
  std::string name;
  Direction direction = Direction::Up;
  CpuId cpu = kNoCpu;
  Ns begin{};
  Ns duration{};
  Ns median{};        ///< median of its row; 0: the row has no other
  std::string place;  ///< "first CPU of socket 1", "first sibling thread of the machine", empty
};

struct Blame {
  std::vector<BlameRow> rows;     ///< the largest sum first
  std::vector<Outlier> outliers;  ///< the longest first
};

/// One callback, phase or wait, and the CPU that was plugged.
struct Occurrence {
  Ns begin{};
  Ns duration{};
  CpuId cpu = kNoCpu;
};

/// A row with all occurrences that it adds up.
struct Occurrences {
  BlameRow row;
  std::vector<Occurrence> all;
};

/// Returns the rows in no particular order, but always in the same one.
std::vector<Occurrences> occurrences(const EventStream& stream, const Span& span,
                                     const StreamFacts& facts);

Blame blame(const EventStream& stream, const Span& span, const StreamFacts& facts,
            const CriticalChain& chain);

}  // namespace cpuhp
