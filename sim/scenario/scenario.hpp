// Scenario files: one machine, one design, the operations on it and the expected result
// (docs/reference/scenario.md).
//
//   const Scenario s = load_scenario("scenarios/offline-one-cpu.json",
//                                    {parse_set_override("/design=async")});
//   s.config.operations.size();
//   // or throws: offline-one-cpu.json:7:5: /machine/sokets: unknown key "sokets"
//   //            (did you mean 'sockets'?)
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "sim/scenario/set_override.hpp"

namespace cpuhp {

/// Upper bound of a scenario's file.
inline constexpr std::size_t kScenarioBytesMax = std::size_t{16} << 20;

/// A range with both ends included.
struct ExpectedRange {
  std::optional<Ns> min;
  std::optional<Ns> max;
};

/// An expected broken invariant; an absent member fits any value.
struct ExpectedFinding {
  std::optional<std::string> invariant;
  std::optional<std::string> place;
  std::optional<CpuId> cpu;
};

/// The expected result of a run; an absent member is not compared.
struct Expect {
  std::optional<CpuMask> online;  ///< CPUs online at the end
  std::vector<int> ret;           ///< return value of each operation: 0 or -errno; empty: absent
  /// time from the first prepare step to the last CPU online
  std::optional<ExpectedRange> bringup;
  /// time at which the bring-up and the control CPU's own boot work are both done
  std::optional<ExpectedRange> boot;
  std::map<CpuId, StateId> state;  ///< state of CPUs at the end
  std::optional<bool> hang;
  std::optional<bool> panic;
  std::optional<std::uint32_t> findings;               ///< number of broken invariants
  std::optional<std::vector<ExpectedFinding>> broken;  ///< the findings themselves, in any order
  std::optional<std::string> digest;

  bool empty() const {
    return !online && ret.empty() && !bringup && !boot && state.empty() && !hang && !panic &&
           !findings && !broken && !digest;
  }
};

struct Scenario {
  std::string file;
  std::string name;
  std::string description;
  MachineConfig config;
  Expect expect;
  /// true: the test has to fail, which proves that the suite can see failures
  bool canary = false;
  std::vector<Design> designs;  ///< designs for which `expect` holds; empty: the scenario's design
  std::vector<std::string> notes;  ///< remarks for the reader of results
};

/// Reads a scenario, applies the overrides and checks it. Paths of tables and costs are relative to
/// the scenario's file. Throws BadInput.
Scenario load_scenario(const std::string& path, const std::vector<SetOverride>& overrides = {});
/// A scenario under several designs.
struct UnderDesigns {
  std::vector<Scenario> scenarios;  ///< in the order of the designs
  std::vector<std::string> notes;   ///< designs that do not fit, and why
};
/// Loads the scenario under all `named` designs. Throws BadInput, also for a named design that does
/// not fit the scenario. Without names, takes all designs that fit, and notes the others.
UnderDesigns load_under_designs(const std::string& path, const std::vector<Design>& named,
                                const std::vector<SetOverride>& overrides = {});
/// Loads a scenario from the text of a file at `path`, which is not read.
Scenario parse_scenario(std::string_view text, const std::string& path);

}  // namespace cpuhp
