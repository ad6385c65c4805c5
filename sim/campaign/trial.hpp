// Runs a scenario once in another process, so that a crash does no harm here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/campaign/workers.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

struct Trial {
  bool valid = false;  ///< the text is a valid scenario
  std::string death;   ///< how the process died; empty: it did not
  bool hang = false;
  bool panic = false;
  /// Results of the operations; no value: the operation never returned.
  std::vector<std::optional<int>> returns;
  std::vector<Finding> findings;  ///< also hangs and panics that faults don't explain
};

class Trials {
 public:
  explicit Trials(CpuId max_cpus);
  /// Runs the scenario. Throws Stopped after a stop signal (sim/stop.hpp).
  Trial run(const OrderedJson& scenario);
  std::uint64_t count() const { return count_; }

 private:
  Workers workers_;
  std::uint64_t count_ = 0;
};

}  // namespace cpuhp
