// The stages that each CPU went through, and when: read from the stream of events.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// The stages of a CPU: the way up goes from first to last, the way down from last to first.
enum class CpuStage : std::uint8_t {
  Off,
  Prepared,  ///< the control CPU runs its PREPARE section, or cleans up after it
  Booting,   ///< way up: from kick to idle loop; way down: from stop_machine() to death
  Section,   ///< the ONLINE section runs
  Online,    ///< the way up is complete
};
inline constexpr std::size_t kCpuStages = 5;

/// A stage of a CPU. It begins where the previous stage ends; the first one begins at time 0.
struct StageSpan {
  Ns until{};
  CpuStage stage = CpuStage::Off;
  bool operator==(const StageSpan&) const = default;
};

/// The number of CPUs that are online between the time `from` and the next entry.
struct OnlineCount {
  Ns from{};
  CpuId cpus = 0;
};

struct CpuStages {
  std::vector<std::vector<StageSpan>> of;  ///< one list for each CPU, up to the end of the run
  std::vector<OnlineCount> online;         ///< ascending
};

CpuStages cpu_stages(const EventStream& stream, Ns end);
/// Returns CpuStages::online alone. Reads only the events that change CPU masks.
std::vector<OnlineCount> online_counts(const EventStream& stream);

}  // namespace cpuhp
