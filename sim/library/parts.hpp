// What a Scenario of the library is made of, and the machine that comes of it. Internal to the library.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cpuhp/scenario.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp::api {

struct Scenario::Parts {
  /// A state with code.
  struct Added {
    StateOptions options;
    Callbacks callbacks;
    std::shared_ptr<const detail::AnyDriver> driver;
  };
  std::string path;
  std::optional<std::string> text;  ///< no value: `path` is read
  std::vector<SetOverride> sets;
  std::vector<Added> added;
  std::vector<Invariant> invariants;

  /// Returns the scenario with its states' code. Throws Error.
  ::cpuhp::Scenario load(std::optional<Design> design = {}) const;
  /// True when a copy of the machine goes on independently of it.
  bool copyable() const;
};

/// For implementing the library: makes the object that a callback gets.
struct Access {
  static Callback callback(void* call) { return Callback(call); }
};

}  // namespace cpuhp::api
