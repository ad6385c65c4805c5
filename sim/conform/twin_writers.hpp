// Writes that began together: the kernel does one after the other, and a recording does not say in
// which order.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sim/conform/twin.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

/// Returns how many writes from `first` on began together; 1 for a write without company.
std::size_t writers_from(const RecordedOperation& op, std::size_t first);

/// Returns the indices of the writes [first, first + count) in the order in which the trace shows
/// what they did. A write that did nothing stays in its place.
std::vector<std::size_t> traced_order(const RecordedOperation& op, std::size_t first,
                                      std::size_t count);

/// Returns the CPU of the task that made the write, as far as the trace shows it. `together`:
/// other tasks wrote at the same time, and only events of the write's own CPU count.
std::optional<CpuId> writer_cpu(const RecordedOperation& op, const RecordedWrite& w, bool together);

/// Returns which of the writes, which are in this order, moves a CPU in this direction; the first
/// one when the recording does not tell.
std::size_t mover_of(const std::vector<const RecordedWrite*>& writes, CpuId cpu, bool up);

/// Returns the twin with the writes of a unit in another order: the i-th becomes order[i].
Twin reordered(const Twin& twin, std::size_t unit, const std::vector<std::size_t>& order);

}  // namespace cpuhp
