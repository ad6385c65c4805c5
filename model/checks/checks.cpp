#include "model/checks/checks.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "model/checks/callbacks.hpp"
#include "model/checks/executors.hpp"
#include "model/checks/explain.hpp"
#include "model/checks/fields.hpp"
#include "model/checks/installs.hpp"
#include "model/checks/known.hpp"
#include "model/checks/order.hpp"
#include "model/checks/outline.hpp"
#include "model/checks/resources.hpp"
#include "model/checks/state_resources.hpp"
#include "model/checks/walk_checks.hpp"
#include "model/checks/watches.hpp"

namespace cpuhp {

void remember(Judged& judged, std::shared_ptr<const Names> names) {
  judged.step_names = step_names(*names, judged.table);
  judged.known = std::make_shared<const Known>(known_to_checks(*names, judged.table));
  judged.names = std::move(names);
  judged.callbacks = std::make_shared<const CallbackTable>(judged, true);
  judged.plain = std::make_shared<const PlainCallbacks>(
      plain_callbacks(judged.table, *judged.callbacks, judged.step_names));
}

std::vector<Finding> check_walks(const EventStream& stream, const Judged& judged) {
  WalkChecks walks;
  walks.take(outline_of(stream, judged), stream, judged, true);
  return walks.findings();
}

std::vector<Law> walk_laws() {
  std::vector<Law> all;
  const auto add = [&all](const auto& more) { all.insert(all.end(), more.begin(), more.end()); };
  add(kWalksLaws);
  add(kFieldsLaws);
  add(kExecutorsLaws);
  add(kOrderLaws);
  add(kCallbacksLaws);
  add(kInstallsLaws);
  return all;
}

std::vector<Finding> check_all(const EventStream& stream, const Judged& judged) {
  return check_all(outline_of(stream, judged), stream, judged);
}

std::vector<Finding> check_all(const Outline& outline, const EventStream& stream,
                               const Judged& judged) {
  std::vector<Finding> found;
  const auto add = [&found](std::vector<Finding> more) {
    std::move(more.begin(), more.end(), std::back_inserter(found));
  };
  if (judged.traced_only) {
    add(check_resources(stream, judged.complete));
    add(check_state_resources(stream));
  } else {
    add(check_run(outline, stream, judged));
  }
  WalkChecks walks;
  walks.take(outline, stream, judged, true);
  add(walks.findings());
  // Findings about a stray CPU come first: a CPU that runs although the control CPU has given it
  // up. It may cause findings with earlier times than its own finding.
  std::stable_sort(found.begin(), found.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(a.kind != FindingKind::Stray, a.time, a.event) <
           std::tuple(b.kind != FindingKind::Stray, b.time, b.event);
  });
  explain(found, stream, judged);
  return found;
}

}  // namespace cpuhp
