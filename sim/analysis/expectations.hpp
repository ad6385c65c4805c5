// A scenario's `expect` block against what a run came out as.
//
//   for (const Expectation& e : check_expectations(scenario, result))
//     if (!e.holds) std::cout << e.what << ": expected " << e.expected << ", found " << e.found;
//
//   online: expected 0-3, found 0-2
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

struct Expectation {
  std::string what;  ///< the member of `expect`, with index or CPU: "ret[1]", "state[3]"
  std::string expected;
  std::string found;
  bool holds = false;
};

/// What else a run was judged by, and what of `expect` is about another one.
struct Judging {
  const std::vector<Finding>* findings = nullptr;  ///< broken invariants; null: nobody looked
  bool same_run = true;  ///< design and seed are the scenario's own: else digest, bringup_ns and
                         ///< boot_ns are not compared
};

/// One entry for each thing that was compared, in the order of the reference page. A hang or panic
/// that the scenario says nothing about is compared with "none".
std::vector<Expectation> check_expectations(const Scenario& scenario, const RunResult& result,
                                            const Judging& judging = {});

/// 0 is "0", -16 is "-EBUSY", an error without a name its number.
std::string return_name(int ret);

/// "cpuhp/3 on CPU 3 has waited for callin of CPU 3, spinning, since 1.250 ms".
std::string describe(const HungTask& task, const Names& names);

}  // namespace cpuhp
