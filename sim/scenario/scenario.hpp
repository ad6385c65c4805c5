// Scenario files: one machine, one design, operations and the expected result
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
#include "sim/scenario/costs_file.hpp"
#include "sim/scenario/set_override.hpp"

namespace cpuhp {

/// Largest size of a scenario file.
inline constexpr std::size_t kScenarioBytesMax = std::size_t{16} << 20;

/// A range with both ends included.
struct ExpectedRange {
  std::optional<Ns> min;
  std::optional<Ns> max;
};

/// An expected broken invariant. An absent member matches any value.
struct ExpectedFinding {
  std::optional<std::string> invariant;
  std::optional<std::string> place;
  std::optional<CpuId> cpu;
};

/// The expected result of a run. An absent member is not checked.
struct Expect {
  std::optional<CpuMask> online;  ///< CPUs online at the end
  std::vector<int> ret;           ///< results of the operations: 0 or -errno; empty: not checked
  /// Time from the beginning of the first prepare step until the last CPU is online.
  std::optional<ExpectedRange> bringup;
  /// Time at which both the bring-up and the control CPU's own boot work are done.
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
  /// True: the scenario's test must fail. This shows that the test suite detects failures.
  bool canary = false;
  std::vector<Design> designs;  ///< designs for which `expect` holds; empty: the scenario's design
  Untold untold;                ///< what the costs' source cannot tell
  std::vector<std::string> assumed;  ///< TableFile::assumed
  std::vector<std::string> notes;    ///< remarks for the reader of the results
};

/// Reads a scenario, applies the overrides, and checks it. Paths in it are relative to its file.
/// `in_files`: changes of the file itself and of the cost profiles that it refers to; they come
/// before the overrides. Throws BadInput.
Scenario load_scenario(const std::string& path, const std::vector<SetOverride>& overrides = {},
                       const std::vector<FileOverride>& in_files = {});
struct UnderDesigns {
  std::vector<Scenario> scenarios;  ///< in the order of the designs
  std::vector<std::string> notes;   ///< designs that don't fit the scenario, and why
};
/// Loads the scenario under the `named` designs, or under all designs when `named` is empty. Throws
/// BadInput, also for a named design that does not fit. Without names, designs that don't fit are
/// noted.
UnderDesigns load_under_designs(const std::string& path, const std::vector<Design>& named,
                                const std::vector<SetOverride>& overrides = {});
/// Loads a scenario from `text`, as load_scenario() does. The file `path` is not read.
Scenario parse_scenario(std::string_view text, const std::string& path,
                        const std::vector<SetOverride>& overrides = {});

}  // namespace cpuhp
