// Many runs of one scenario: with every fault, and in every order of events.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cpuhp/run.hpp"

namespace cpuhp::api {

struct CampaignOptions {
  std::vector<std::string> designs = {};  ///< empty: the scenario's own
  std::vector<std::string> kinds = {};    ///< of faults: docs/faults.md; empty: all
  bool singles = true;                    ///< each fault alone
  bool pairs = false;                     ///< each two faults
  std::uint64_t random = 0;               ///< number of cases with several drawn faults
  std::uint64_t seed = 1;                 ///< of the drawn ones
  /// Called after each case with the numbers of finished cases and of all.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress = {};
};

/// A case with a finding.
struct FoundCase {
  std::uint64_t number = 0;         ///< of the case; the same options give it the same number
  std::string design;
  std::vector<std::string> faults;  ///< in words
  std::vector<Finding> findings;
};

struct Campaign {
  std::uint64_t cases = 0;
  std::vector<FoundCase> found;
  /// Why the cases do not share their beginnings, which makes a campaign slower; empty: they do.
  std::string not_shared;
};

struct ExploreOptions {
  std::uint64_t most_orders = 1'000'000;  ///< more orders are not run
};

/// A finding, and in how many orders of the events it comes.
struct FoundOrder {
  Finding finding;
  std::uint64_t runs = 0;
};

struct Exploration {
  std::uint64_t orders = 0;  ///< orders of events that were run, none equivalent to another
  bool complete = false;     ///< there are no others
  std::vector<FoundOrder> found;
};

}  // namespace cpuhp::api
