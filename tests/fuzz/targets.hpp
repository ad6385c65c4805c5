// What is fuzzed: readers of everything that comes from outside, and what is done with it.
//
//   find_target("check")->run(bytes);     // returns, or it is a bug
//
// Input that is refused throws BadInput; a target lets no other exception out, reads no byte beyond
// a buffer, and is done at once. scripts/fuzz draws inputs (main.cpp), seeds_test.cpp tries those
// of seeds/, among them everything that was ever found.
#pragma once

#include <span>
#include <string_view>

namespace cpuhp::fuzz {

struct Target {
  std::string_view name;
  std::string_view what;        ///< for scripts/fuzz --help
  std::string_view seeds;       ///< folder in tests/fuzz/seeds
  std::string_view dictionary;  ///< file in tests/fuzz/dictionaries; empty: none
  unsigned bytes_max;           ///< of an input
  void (*run)(std::string_view bytes);
};

std::span<const Target> all_targets();
/// nullptr: there is none.
const Target* find_target(std::string_view name);

// readers.cpp
void fuzz_scenario(std::string_view bytes);
void fuzz_set(std::string_view bytes);
void fuzz_table(std::string_view bytes);
void fuzz_costs(std::string_view bytes);
void fuzz_published(std::string_view bytes);
void fuzz_campaign(std::string_view bytes);
void fuzz_cpulist(std::string_view bytes);
void fuzz_cmdline(std::string_view bytes);

// traces.cpp
void fuzz_ftrace(std::string_view bytes);
void fuzz_trace_dat(std::string_view bytes);
void fuzz_recording(std::string_view bytes);
void fuzz_states(std::string_view bytes);
void fuzz_dmesg(std::string_view bytes);
void fuzz_import(std::string_view bytes);
void fuzz_check(std::string_view bytes);
void fuzz_explain(std::string_view bytes);
void fuzz_diff(std::string_view bytes);

// machines.cpp
void fuzz_run(std::string_view bytes);
void fuzz_conform(std::string_view bytes);

}  // namespace cpuhp::fuzz
