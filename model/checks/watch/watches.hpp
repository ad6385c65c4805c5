// Runs the checks of simulated runs, event by event, in one pass.
#pragma once

#include <any>
#include <memory>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/checks/outline.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// Watches a run part by part. A copy goes on by itself from where the original has come to.
///
/// A part ends between two dates, or where the machine is at rest. The object keeps all parts that
/// it is not told to forget; between two calls it refers to nothing else.
class RunWatch {
 public:
  RunWatch() = default;
  RunWatch(const RunWatch&) = default;
  /// Keeps the memory that it has.
  RunWatch& operator=(const RunWatch& other);

  /// Watches the next part of the run.
  void take(std::shared_ptr<const EventStream> part, const Outline& outline, const Judged& judged);
  /// Forgets the events of all parts but the latest one.
  void forget();
  /// Returns the findings in all parts, grouped by check. The run is over then. Only here does
  /// Judged::complete count.
  std::vector<Finding> finish(const Judged& judged);

 private:
  std::any watches_;  ///< the checks; empty before the first event
};

/// Returns the findings of the checks of runs, grouped by check. A kernel's trace shows too little
/// for them, so the stream must be that of a simulated run.
std::vector<Finding> check_run(const Outline& outline, const EventStream& stream,
                               const Judged& judged);

/// Returns the invariants that check_run() checks.
std::vector<Law> watch_laws();

}  // namespace cpuhp
