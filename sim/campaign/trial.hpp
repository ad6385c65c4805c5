// Runs the text of a scenario once in another process, so that a crash does no harm.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/campaign/workers.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

struct Trial {
  bool valid = false;  ///< the text is a scenario
  std::string death;   ///< cause of death of the program; empty: none
  bool hang = false;
  bool panic = false;
  /// return value of each operation; none: it never returned
  std::vector<std::optional<int>> returns;
  std::vector<Finding> findings;  ///< includes the hang or panic that faults don't explain
};

class Trials {
 public:
  explicit Trials(CpuId max_cpus);
  /// Runs the scenario. Throws Stopped when a signal was noted.
  Trial run(const OrderedJson& scenario);
  std::uint64_t count() const { return count_; }

 private:
  Workers workers_;
  std::uint64_t count_ = 0;
};

}  // namespace cpuhp
