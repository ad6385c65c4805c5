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

/// A broken invariant that is expected; an absent member fits any.
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
  /// date at which that and the control CPU's own boot work are done
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
  bool canary = false;             ///< true: it has to fail, or the suite is blind
  std::vector<Design> designs;     ///< designs that `expect` is about; empty: the scenario's own
  std::vector<std::string> notes;  ///< remarks for the reader of results
};

/// Reads a scenario, applies the overrides and checks it. Tables and costs are found relative to
/// its file. Throws BadInput.
Scenario load_scenario(const std::string& path, const std::vector<SetOverride>& overrides = {});
/// A scenario under several designs.
struct UnderDesigns {
  std::vector<Scenario> scenarios;  ///< in the order of the designs
  std::vector<std::string> notes;   ///< designs that do not fit, and why
};
/// Loads the scenario under all `named` designs, which have to fit it. Without names it takes all
/// designs that fit, and leaves the others out with a note. Throws BadInput.
UnderDesigns load_under_designs(const std::string& path, const std::vector<Design>& named,
                                const std::vector<SetOverride>& overrides = {});
/// The same for a text as the content of a file at `path`.
Scenario parse_scenario(std::string_view text, const std::string& path);

}  // namespace cpuhp
