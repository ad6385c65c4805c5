// The targets of fuzzing: readers of all input from outside, and the code that uses their results.
//
// Input that is refused throws BadInput. A target lets no other exception out, reads no byte beyond
// a buffer, and ends at once. scripts/fuzz draws inputs (main.cpp); seeds_test.cpp tries those of
// seeds/, which include every input that ever showed a bug.
#pragma once

#include <span>
#include <string_view>

namespace cpuhp::fuzz {

struct Target {
  std::string_view name;
  std::string_view what;        ///< for scripts/fuzz --help
  std::string_view seeds;       ///< folder in tests/fuzz/seeds
  std::string_view dictionary;  ///< file in tests/fuzz/dictionaries; empty: none
  unsigned bytes_max;           ///< largest size of an input
  void (*run)(std::string_view bytes);
};

std::span<const Target> all_targets();
/// Returns a target; nullptr: there is none of that name.
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
void fuzz_session(std::string_view bytes);

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
