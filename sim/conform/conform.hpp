// Replays a recording on the simulated machine, and compares operation by operation.
#pragma once

#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/conform/compare.hpp"
#include "sim/conform/twin.hpp"

namespace cpuhp {

struct Replay {
  Twin twin;
  std::string path;        ///< of the scenario, which names its table from there
  bool reordered = false;  ///< writes that began together have another order than at first
  Scenario scenario;
  std::string digest;
  std::vector<UnitResult> units;
  std::vector<Finding> findings;  ///< from the checks of every simulated run
};

struct Conformance {
  std::string recording;
  std::vector<Replay> replays;
  std::size_t operations() const;
  std::size_t identical() const;
  std::size_t with_events() const;            ///< number of operations with at least one event
  std::size_t identical_with_events() const;  ///< how many of these are identical to the recording
  std::size_t sequences() const;              ///< number of different sequences of events
  bool ok() const;
};

/// Loads the state table, and makes the scenarios that repeat the recording (twins). Runs nothing.
/// `scenario_path`: the place of the first scenario, which names its table from there. Throws
/// BadInput.
Conformance prepare_conformance(const Recording& recording, const std::string& table_path,
                                const std::string& scenario_path);
/// Returns the number of CPUs of the largest simulated machine.
CpuId max_cpus(const Conformance& c);
/// Runs every twin (a scenario that repeats the recording), and compares it with the recording.
/// Where several writes began together, tries their orders until one gives what was recorded, and
/// keeps it.
void run_conformance(Conformance& c, Simulator& simulator);

/// Returns the path of a file, as a scenario at `scenario_path` names it.
std::string path_from(const std::string& file, const std::string& scenario_path);

/// Returns the path of the scenario for twin `n`: "twin.json" for 0, "twin-2.json" for 1.
std::string twin_path(const std::string& scenario_path, std::size_t n);

}  // namespace cpuhp
