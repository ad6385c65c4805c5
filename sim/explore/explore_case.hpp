// The cases of an exploration: each design, without a further fault and with each single one. A case
// has a number that alone says what it is, and an answer that is one line of JSON. So any process can
// explore it, and the answers of many are put together by their numbers.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/explore.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

struct ExploreCase {
  std::uint64_t number = 0;
  Design design = Design::Symmetric;
  std::optional<Fault> fault;  ///< besides those of the scenario
  MachineConfig config;        ///< without_dates()
};

/// How the cases of an exploration are run: the words of its options.
struct ExplorePlan {
  std::string policy = "dpor";
  std::size_t holds = 2;           ///< for bounded
  std::size_t depth = 2;           ///< for pct
  std::uint64_t seed = 1;          ///< for pct and random
  std::uint64_t runs = 1'000;      ///< for pct and random
  std::uint64_t most = 1'000'000;  ///< runs of a case
  bool timeouts = false;           ///< deadlines pass at any time
};
inline constexpr std::array<std::string_view, 5> kPolicyNames{"dpor", "bounded", "pct", "random",
                                                              "all"};

/// Throws BadInput for a scenario whose orders cannot be explored, with the reason.
void check_explorable(const Scenario& scenario);

/// Returns the cases of scenarios that are the same but for their design. `singles`: with each single
/// fault of each CPU that the operations pass, at each time that they pass it in the order of the
/// dates. Faults that only take longer are no cases of their own: each of them is an order.
std::vector<ExploreCase> explore_cases(const std::vector<Scenario>& designs, bool singles,
                                       Simulator& simulator);

/// Explores a case. Returns the line of the case, as docs/reference/output.md describes it.
nlohmann::ordered_json explore_case(Simulator& simulator, const ExploreCase& c,
                                    const ExplorePlan& plan);

/// Returns how many orders there are without a reduction, as a power of ten: Knuth's estimate from
/// 20 drawn ones for each part of the operations, whose orders add up. Faults do not count.
double estimated_orders(Simulator& simulator, const MachineConfig& config);

}  // namespace cpuhp
