// Reads from a recording of a machine (the probe) which files of it can be written, and with which
// values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/trace/recording.hpp"

namespace cpuhp {

/// A machine as far as sessions need it. Numbers are those of hotplug/states.
struct Probed {
  std::string arch;
  std::vector<CpuId> present;
  std::vector<CpuId> plugged;  ///< present CPUs with a file `online`
  std::vector<CpuId> aimed;    ///< present CPUs whose hotplug/target may be written without harm
  CpuId victim = kNoCpu;       ///< the CPU of single sessions: the last one that can go offline
  CpuId missing = kNoCpu;      ///< a CPU that does not exist
  int top = 0;                 ///< `online`
  int bringup = 0;
  int ap_online = 0;
  /// A fault can be disarmed. Before 5.13 it cannot, and no PREPARE state may be armed, whose fault
  /// must not be left for the way down.
  bool disarms = true;
  std::vector<int> failing;  ///< states with callbacks that may fail: neither STARTING nor an end
  std::vector<int> refused;  ///< numbers that `fail` has to refuse while a CPU is online
  std::vector<int> unnamed;  ///< numbers near named ones that a module's state may get
  std::vector<int> stops;    ///< numbers of `target` between offline and online: state control only
  std::vector<int> hazards;  ///< numbers of `target` that can crash or hang this kernel
  bool state_control = false;
  bool smt = false;  ///< smt/control can be written
  /// By module: the numbers of its states that may fail, if the probe has loaded it.
  std::map<std::string, std::vector<int>> of_modules;
  unsigned threads = 1;  ///< most threads of a core
};

/// Throws BadInput when the probe does not tell, or no CPU can go offline.
Probed probed(const Recording& probe);

}  // namespace cpuhp
