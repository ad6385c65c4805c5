// One run of a scenario's text, far from anything that it could break.
//
//   Trials trials(max_cpus);
//   const Trial t = trials.run(document);     // t.findings, t.returns; t.crashed
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/campaign/workers.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

struct Trial {
  bool valid = false;  ///< it is a scenario
  std::string death;   ///< the program died of it: how
  bool hang = false;
  bool panic = false;
  std::vector<std::optional<int>> returns;  ///< none: it never returned
  std::vector<Finding> findings;            ///< also what faults don't explain
};

class Trials {
 public:
  explicit Trials(CpuId max_cpus);
  /// Throws Stopped when a signal was noted.
  Trial run(const OrderedJson& scenario);
  std::uint64_t count() const { return count_; }

 private:
  Workers workers_;
  std::uint64_t count_ = 0;
};

}  // namespace cpuhp
