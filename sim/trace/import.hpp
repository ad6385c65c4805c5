// Makes a state table and a cost profile of a real kernel: from its hotplug/states, and ftrace text
// or recordings of boots and offline/online cycles.
//
//   const Import made = import_table({.states = "states.txt", .traces = {"boot.txt"}});
//   std::cout << made.table_text();               // one state a line
//   if (made.costs) std::cout << made.costs_text();
//   for (const std::string& w : made.warnings) std::cerr << "warning: " << w << '\n';
//
// Each state says where it comes from:
//   {"id":94,"name":"sched:starting","startup":"sched_cpu_starting",...,"source":"function trace"}
//
// A callback that nobody saw run is taken from the shipped catalogue and marked assumed. A table
// belongs to one kernel with one set of loaded drivers: traces of another one are refused.
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
  std::string name;                 ///< of the table; empty: ARCH-VERSION
  std::string costs_name;           ///< empty: [emulated-]NAME
  std::string kernel;               ///< e.g. "6.1.192"; empty: as the files say
  std::string arch;                 ///< e.g. "x86_64"; empty: as the files say
};

struct Import {
  nlohmann::ordered_json table;
  std::optional<nlohmann::ordered_json> costs;  ///< none: no trace with times holds a walk
  std::vector<std::string> warnings;

  std::string table_text() const;
  /// Empty without costs.
  std::string costs_text() const;
};

/// Throws BadInput; then nothing is to be written.
Import import_table(const ImportOptions& options);

/// One line a state, a source or a phase; everything else on its key's line.
std::string format_table(const nlohmann::ordered_json& table);

}  // namespace cpuhp
