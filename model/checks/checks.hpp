// Entry point: runs all checks on the events of a simulated run or of a kernel's trace.
//
//   EventStream stream;   // of a run, or read from a trace
//   Judged judged;        // judged_by() makes one for a run
//   std::vector<Finding> findings = check_all(stream, judged);   // empty: no invariant is broken
#pragma once

#include <any>
#include <memory>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

class Outline;

/// Prepares `judged` for many streams whose lists of names all begin with `names`. The numbers of
/// these names are then looked up only once.
void remember(Judged& judged, std::shared_ptr<const Names> names);

/// Returns the findings of the checks that also work on a kernel's trace, which shows only
/// callbacks.
std::vector<Finding> check_walks(const EventStream& stream, const Judged& judged);
/// Returns all findings, in the order of their times.
std::vector<Finding> check_all(const EventStream& stream, const Judged& judged);
std::vector<Finding> check_all(const Outline& outline, const EventStream& stream,
                               const Judged& judged);

/// Checks a run in parts, each of which ends between two dates or where the machine is at rest. A
/// value: copies go on independently of one another, and share the parts. Kernels' traces have no
/// parts.
class RunChecks {
 public:
  RunChecks() = default;
  RunChecks(const RunChecks&) = default;
  /// Keeps the memory that it has.
  RunChecks& operator=(const RunChecks& other);

  /// Checks a part after which others come. Judged::complete does not count so far.
  void take(std::shared_ptr<const EventStream> part, const Judged& judged);
  /// Forgets the events of all parts but the latest one. After that, only clean() may be asked.
  void forget();
  /// Checks the last part. True: check_all() finds nothing in the whole run.
  bool clean(std::shared_ptr<const EventStream> part, const Judged& judged);
  /// Checks the last part, and returns what check_all() returns for the whole run.
  std::vector<Finding> finish(std::shared_ptr<const EventStream> part, const Judged& judged);

 private:
  std::any seen_;  ///< what the checks know; empty before the first part
};

/// Returns the invariants that check_walks() checks.
std::vector<Law> walk_laws();

}  // namespace cpuhp
