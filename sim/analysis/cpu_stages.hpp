// How far each CPU was, and when: read from the stream of events.
//
//   const CpuStages all = cpu_stages(result.stream, result.end);
//   all.of[3];            // {{120'000_ns, Off}, {130'000_ns, Prepared}, {650'000_ns, Booting},
//   ...} all.online.back();    // {3'606'400_ns, 8}
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// The way up from left to right, the way down from right to left.
enum class CpuStage : std::uint8_t {
  Off,
  Prepared,  ///< the control CPU runs its PREPARE section, or cleans up after it
  Booting,   ///< from its kick to its idle loop, or from stop_machine to its death
  Section,   ///< its ONLINE section runs
  Online,    ///< nothing left to do
};
inline constexpr std::size_t kCpuStages = 5;

/// Lasts from the end of the one before, the first from date 0.
struct StageSpan {
  Ns until{};
  CpuStage stage = CpuStage::Off;
  bool operator==(const StageSpan&) const = default;
};

/// From that date on so many CPUs are online.
struct OnlineCount {
  Ns from{};
  CpuId cpus = 0;
};

struct CpuStages {
  std::vector<std::vector<StageSpan>> of;  ///< one list a CPU, each up to the end of the run
  std::vector<OnlineCount> online;         ///< ascending
};

CpuStages cpu_stages(const EventStream& stream, Ns end);
/// CpuStages::online alone, for which the events of masks are enough.
std::vector<OnlineCount> online_counts(const EventStream& stream);

}  // namespace cpuhp
