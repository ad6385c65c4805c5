// Scenario files: one machine, one design, what is done to it and what is expected
// (docs/reference/scenario.md).
//
//   Scenario s = load_scenario("scenarios/offline-one-cpu.json",
//                              {parse_set_override("/design=async")});
//   Machine machine(s.config, ...);
//   // or: BadInput, offline-one-cpu.json:7:5: /machine/sokets: unknown key "sokets"
//   //     (did you mean 'sockets'?)
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

/// Both ends included.
struct ExpectedRange {
  std::optional<Ns> min;
  std::optional<Ns> max;
};

/// A broken invariant that is asked for; what is absent fits any.
struct ExpectedFinding {
  std::optional<std::string> invariant;
  std::optional<std::string> place;
  std::optional<CpuId> cpu;
};

/// What a run has to come out as; what is absent is not compared.
struct Expect {
  std::optional<CpuMask> online;         ///< at the end
  std::vector<int> ret;                  ///< of each operation: 0 or -errno; empty: absent
  std::optional<ExpectedRange> bringup;  ///< first prepare step to last CPU online
  std::optional<ExpectedRange> boot;     ///< that and the control CPU's own boot work done
  std::map<CpuId, StateId> state;        ///< at the end
  std::optional<bool> hang;
  std::optional<bool> panic;
  std::optional<std::uint32_t> findings;               ///< number of broken invariants
  std::optional<std::vector<ExpectedFinding>> broken;  ///< or which ones, in any order
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
  bool canary = false;             ///< it has to fail: a suite in which it does not is blind
  std::vector<Design> designs;     ///< that `expect` is about; empty: the scenario's own
  std::vector<std::string> notes;  ///< what a reader of results should know
};

/// Reads, overrides, checks; tables and costs are found relative to the scenario's file. Throws
/// BadInput.
Scenario load_scenario(const std::string& path, const std::vector<SetOverride>& overrides = {});
/// A scenario under several designs.
struct UnderDesigns {
  std::vector<Scenario> scenarios;  ///< in the order of the designs
  std::vector<std::string> notes;   ///< designs that it is not for, and why
};
/// Designs that are `named` have to go with the scenario. Without names it is all designs that do;
/// the others are left out with a note. Throws BadInput.
UnderDesigns load_under_designs(const std::string& path, const std::vector<Design>& named,
                                const std::vector<SetOverride>& overrides = {});
/// The same, of a text that stands or would stand at `path`.
Scenario parse_scenario(std::string_view text, const std::string& path);

}  // namespace cpuhp
