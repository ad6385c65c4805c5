// Timelines in the terminal. Time runs to the right, and each CPU or group of CPUs has a row. A
// letter shows how the control CPU spends its time, or the stage of a CPU: "cpu 1  pbbbbo=====".
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
  std::size_t rows_max = 16;  ///< with more CPUs, several share a row
};

/// Returns the rows of a run: the control CPU's time and every CPU's stages, with an axis and a
/// legend.
std::string machine_timeline(const MachinePicture& picture, const Look& look);

/// One design of a comparison.
struct DesignPicture {
  std::string design;
  std::vector<CpuSpan> control;
  std::vector<OnlineCount> online;
  Ns end{};  ///< end of its boot or, without a boot, of its run
};

/// Returns two rows for each design: the control CPU's time, and the number of online CPUs.
std::string designs_timeline(const std::vector<DesignPicture>& designs, const Look& look);

/// Returns an axis as wide as a row, with ticks at round times.
std::string time_axis(Ns end, unsigned columns);

}  // namespace cpuhp
