// Published figures: measurements of a real machine, and the simulated runs to compare them with
// (docs/reference/published.md, scenarios/published/).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/cpumask.hpp"
#include "model/operation.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/set_override.hpp"

namespace cpuhp {

/// What the row of a published table measures.
enum class Quantity : std::uint8_t {
  Calls,       ///< all calls of cpu_up() for the row's CPUs
  Prepare,     ///< the first of two calls of cpu_up() for each CPU
  Online,      ///< the second of two calls of cpu_up() for each CPU
  Bringup,     ///< RunResult::bringup
  Boot,        ///< RunResult::boot
  Up,          ///< ways up of CPUs that went down before
  Down,        ///< ways down
  Operations,  ///< whole operations
  Interval,    ///< from one CPU of an operation to the next one
  Die,         ///< from idle:dead to the lock of the phase Die, or to the report of death
};

/// One row of a published table. It has a total over CPUs, the largest value of a CPU, or both; or a
/// value for each CPU or operation, and their total.
struct PublishedRow {
  std::string id;
  std::string what;
  std::size_t run = 0;  ///< index into Published::runs
  Quantity quantity = Quantity::Bringup;
  CpuMask cpus;  ///< for all but Bringup, Boot and Operations
  /// for Operations and Interval: all operations of this kind; no value: the one with the number
  std::optional<OpKind> kind;
  std::uint32_t operation = 0;
  std::string trace;      ///< file in which the figures are measured; empty: they are published
  std::string log;        ///< the same for a kernel log
  CpuId traced_cpus = 0;  ///< number of CPUs that this file shows; 0: unknown
  std::optional<Ns> total;
  std::optional<Ns> max;
  std::vector<Ns> values;    ///< one for each CPU or operation; `total` is their sum
  bool max_of_sums = false;  ///< `max` is the sum of two maxima, perhaps of different CPUs
  std::optional<std::int64_t> total_permille;  ///< allowed deviation; absent: not judged
  std::optional<std::int64_t> max_permille;
  std::optional<std::int64_t> values_permille;
  /// parameters of the model that were fitted to `total`, to `max` and to `values`
  std::string total_fitted;
  std::string max_fitted;
  std::string values_fitted;
  /// with the profiles of this file: figures from which `total` and `max` follow
  std::string total_follows;
  std::string max_follows;
  /// other published figures that `total` and `max` repeat: "E and G"; empty: independent
  std::string total_repeats;
  std::string max_repeats;
  std::string not_predicted;  ///< why the model does not say these figures; empty: it does
};

/// A value of the model that `cpuhp-sim calibrate` finds.
struct Parameter {
  std::string name;
  std::vector<FileOverride> at;  ///< where the value stands; `set.value` is empty
  Ns low{};
  Ns high{};
  Ns filed{};          ///< the value at the first place of `at`, which is not used
  std::string source;  ///< where the bounds come from
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
  std::vector<Parameter> parameters;
  std::vector<std::string> notes;

  CpuId max_cpus() const;
};

/// Reads the file, and the scenarios that it refers to. `in_files`: changes of these scenarios and
/// their cost profiles. Throws BadInput.
Published load_published(const std::string& path, const std::vector<FileOverride>& in_files = {});

}  // namespace cpuhp
