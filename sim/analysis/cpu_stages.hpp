// The stages of each CPU, and when they begin and end.
#pragma once

#include <cstdint>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// The stages of a CPU, in the order of the way up. On the way down they come in reverse order.
enum class CpuStage : std::uint8_t {
  Off,
  Prepared,  ///< the control CPU runs the PREPARE section, or cleans up after the CPU
  Booting,   ///< way up: from kick to idle loop; way down: from stop_machine() to death
  Section,   ///< the CPU runs its ONLINE section
  Online,    ///< the way up is complete
};
inline constexpr std::size_t kCpuStages = 5;

/// A stage of a CPU. It begins where the stage before ends, the first one at time 0.
struct StageSpan {
  Ns until{};
  CpuStage stage = CpuStage::Off;
  bool operator==(const StageSpan&) const = default;
};

/// The number of online CPUs from the time `from` on, up to the next entry.
struct OnlineCount {
  Ns from{};
  CpuId cpus = 0;
};

struct CpuStages {
  std::vector<std::vector<StageSpan>> of;  ///< by CPU: its stages, up to the end of the run
  std::vector<OnlineCount> online;         ///< ascending
};

CpuStages cpu_stages(const EventStream& stream, Ns end);

class StageTrack;
/// Computes the stages of a simulated run part by part.
class StagesOfRun {
 public:
  StagesOfRun();
  ~StagesOfRun();
  void take(const EventStream& part);
  /// To be called once.
  CpuStages finish(Ns end);

 private:
  std::vector<StageTrack> tracks_;  ///< by CPU
  std::vector<OnlineCount> online_;
  bool registers_ = false;  ///< the operation under way is a registration
};

/// Returns CpuStages::online. Reads only events that change CPU masks.
std::vector<OnlineCount> online_counts(const EventStream& stream);

}  // namespace cpuhp
