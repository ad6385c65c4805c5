// Makes the state table and the cost profile of a real kernel. The input is its hotplug/states
// file, and ftrace text or recordings of boots and of CPUs going offline and online.
//
//   const Import made = import_table({.states = "states.txt", .traces = {"boot.txt"}, .dmesg = {},
//                                     .name = {}, .costs_name = {}, .kernel = {}, .arch = {}});
//   const std::string table = made.table_text();   // one state a line, each with its source
//   const std::string costs = made.costs_text();
//
// A callback that no trace shows is taken from the catalogue, and marked as assumed. A table
// belongs to one kernel with one set of loaded drivers, so traces of another kernel are refused.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/state_table.hpp"
#include "sim/trace/import_evidence.hpp"

namespace cpuhp {

struct ImportOptions {
  std::string states;               ///< hotplug/states, or a recording with it
  std::vector<std::string> traces;  ///< trace files and recordings
  std::string dmesg;                ///< kernel log of the same boot; empty: none
  std::string name;                 ///< name of the table; empty: ARCH-VERSION is used
  std::string costs_name;           ///< empty: [emulated-]NAME is used
  std::string kernel;               ///< such as "6.1.192"; empty: as in the files
  std::string arch;                 ///< such as "x86_64"; empty: as in the files
};

struct Import {
  nlohmann::ordered_json table;
  std::optional<nlohmann::ordered_json> costs;  ///< no value: no trace with times has a bring-up
  std::vector<std::string> warnings;
  StateTable state_table;  ///< `table`, as a value
  Evidence evidence;       ///< what the traces show of each bring-up and takedown

  std::string table_text() const;
  /// Returns an empty text when there are no costs.
  std::string costs_text() const;
};

/// Makes the table, and the costs if a trace shows them. Throws BadInput.
Import import_table(const ImportOptions& options);

/// Returns a table, a cost profile or a scenario as text, with each item of its lists of states,
/// operations and the like on a line of its own. Any other value is on the line of its key.
std::string format_lines(const nlohmann::ordered_json& document);

}  // namespace cpuhp
