// Timelines in the terminal: time runs to the right, with a row for each CPU or group of CPUs. Each
// letter shows the use of the control CPU's time, or the stage of a CPU: "cpu 1  pbbbbo=====".
#pragma once

#include <string>
#include <vector>

#include "model/runtime.hpp"
#include "sim/analysis/cpu_stages.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

struct MachinePicture {
  const CpuStages& stages;
  const std::vector<CpuSpan>& control;
  Ns end{};                   ///< end of the picture
  std::size_t rows_max = 16;  ///< if there are more CPUs, several share a row
};

/// Prints the control CPU's time, every CPU's stages, an axis and a key.
std::string machine_timeline(const MachinePicture& picture, const Look& look);

/// One design of a comparison.
struct DesignPicture {
  std::string design;
  std::vector<CpuSpan> control;
  std::vector<OnlineCount> online;
  Ns end{};  ///< end of its boot, or of its run
};

/// Prints two rows for each design: the control CPU's time, and the number of CPUs online.
std::string designs_timeline(const std::vector<DesignPicture>& designs, const Look& look);

/// Prints an axis with ticks at round times, as wide as a row.
std::string time_axis(Ns end, unsigned columns);

}  // namespace cpuhp
