// Makes a state table and a cost profile of a real kernel from its hotplug/states file and from
// ftrace text or recordings of boots and offline/online cycles.
//
//   const Import made = import_table({.states = "states.txt", .traces = {"boot.txt"}, .dmesg = {},
//                                     .name = {}, .costs_name = {}, .kernel = {}, .arch = {}});
//   const std::string table = made.table_text();   // one state a line, each with its source
//   const std::string costs = made.costs_text();
//
// A callback that no trace shows is taken from the shipped catalogue and marked as assumed. A table
// belongs to one kernel with one set of loaded drivers: traces of another kernel are refused.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cpuhp {

struct ImportOptions {
  std::string states;               ///< hotplug/states, or a recording that holds it
  std::vector<std::string> traces;  ///< trace files and recordings
  std::string dmesg;                ///< kernel log of the same boot; empty: none
  std::string name;                 ///< name of the table; empty: ARCH-VERSION
  std::string costs_name;           ///< empty: [emulated-]NAME
  std::string kernel;               ///< such as "6.1.192"; empty: the version in the files
  std::string arch;                 ///< such as "x86_64"; empty: the one in the files
};

struct Import {
  nlohmann::ordered_json table;
  std::optional<nlohmann::ordered_json> costs;  ///< none: no trace with times has a walk
  std::vector<std::string> warnings;

  std::string table_text() const;
  /// Returns an empty text without costs.
  std::string costs_text() const;
};

/// Makes table and costs. Throws BadInput, and then there is nothing to write.
Import import_table(const ImportOptions& options);

/// Returns the table as text with one state, source or phase a line; any other value is on the line
/// of its key.
std::string format_table(const nlohmann::ordered_json& table);

}  // namespace cpuhp
