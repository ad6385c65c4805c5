// Timelines in the terminal: time runs to the right, one row a CPU (or a group of CPUs).
//
//   std::cout << machine_timeline({.stages = stages, .control = r.control_cpu_time, .end = r.end},
//                                 look);
//
//   control  #xxxxx#xxxxxx#xxxxx
//   cpu 0    ===================
//   cpu 1    pbbbbo=============
//   cpu 2          pbbbbbo======
//            |0     |1 ms  |2 ms
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
  Ns end{};                   ///< of the picture
  std::size_t rows_max = 16;  ///< more CPUs share rows
};

/// The control CPU's time, every CPU's stages, an axis and a key.
std::string machine_timeline(const MachinePicture& picture, const Look& look);

/// One design of a comparison.
struct DesignPicture {
  std::string design;
  std::vector<CpuSpan> control;
  std::vector<OnlineCount> online;
  Ns end{};  ///< of its boot, or of its run
};

/// Two rows a design: what the control CPU did, and how many CPUs were online.
std::string designs_timeline(const std::vector<DesignPicture>& designs, const Look& look);

/// Ticks at round dates; as wide as a row.
std::string time_axis(Ns end, unsigned columns);

}  // namespace cpuhp
