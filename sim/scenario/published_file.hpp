// Published figures: measurements of a real machine, and the simulated runs to compare them with
// (docs/reference/published.md, scenarios/published/).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/cpumask.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

/// What the row of a published table measures.
enum class Quantity : std::uint8_t {
  Calls,    ///< all calls of cpu_up() for the row's CPUs
  Prepare,  ///< the first of two calls of cpu_up() for each CPU
  Online,   ///< the second of two calls of cpu_up() for each CPU
  Bringup,  ///< RunResult::bringup
  Boot,     ///< RunResult::boot
};

/// One row of a published table. It has a total over CPUs, the largest value of a CPU, or both.
struct PublishedRow {
  std::string id;
  std::string what;
  std::size_t run = 0;  ///< index into Published::runs
  Quantity quantity = Quantity::Bringup;
  CpuMask cpus;  ///< for Calls, Prepare and Online
  std::optional<Ns> total;
  std::optional<Ns> max;
  bool max_of_sums = false;  ///< `max` is the sum of two maxima, perhaps of different CPUs
  std::optional<std::int64_t> total_permille;  ///< allowed deviation; absent: not judged
  std::optional<std::int64_t> max_permille;
  /// parameters of the model that were fitted to `total` and to `max`
  std::string total_fitted;
  std::string max_fitted;
  /// figures that `total` and `max` repeat or add up, so that they are no further prediction
  std::string total_follows;
  std::string max_follows;
};

struct PublishedRun {
  std::string name;
  Scenario scenario;
};

struct Published {
  std::string file;
  std::string name;
  std::string source;
  std::vector<PublishedRun> runs;
  std::vector<PublishedRow> rows;
  std::vector<std::string> notes;

  CpuId max_cpus() const;
};

/// Reads the file, and the scenarios that it refers to. Throws BadInput.
Published load_published(const std::string& path);

}  // namespace cpuhp
