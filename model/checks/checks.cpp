#include "model/checks/checks.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "model/checks/callbacks.hpp"
#include "model/checks/chain.hpp"
#include "model/checks/executors.hpp"
#include "model/checks/explain.hpp"
#include "model/checks/fields.hpp"
#include "model/checks/installs.hpp"
#include "model/checks/known.hpp"
#include "model/checks/order.hpp"
#include "model/checks/outline.hpp"
#include "model/checks/walks.hpp"
#include "model/checks/watch/resources.hpp"
#include "model/checks/watch/state_resources.hpp"
#include "model/checks/watch/watches.hpp"

namespace cpuhp {
namespace {

/// Returns a copy of `judged` for a run that registers or removes states of the table. The run
/// changes their callbacks, so the table of the copy has no callbacks for these states.
Judged without_changed_states(const EventStream& stream, const Judged& judged) {
  Judged changed = judged;
  changed.names.reset();
  changed.callbacks.reset();
  changed.plain.reset();
  for (const Event& e : stream.events)
    if ((e.kind == EventKind::Register || e.kind == EventKind::Unregister) &&
        judged.table.valid(e.step) && judged.table.at(e.step).has_callbacks())
      changed.table.at(e.step) = {.id = e.step, .section = judged.table.section(e.step)};
  return changed;
}

template <typename Add>
void add_walks(Walks walks, Add add) {
  add(std::move(walks.findings));
  add(check_times(walks));
  add(check_fields(walks));
  add(check_executors(walks));
  if (walks.judged.notifier) return add(check_chain(walks));
  add(check_installs(walks));
  Callbacks callbacks(walks);
  add(check_order(walks, callbacks));
  add(callbacks.findings());
}

/// Adds the findings of the checks that also work on a kernel's trace, which shows only callbacks.
template <typename Add>
void add_walks(const Outline& outline, const EventStream& stream, const Judged& judged, Add add) {
  if (stream.events.empty()) return;
  Walks walks = read_walks(outline, stream, judged);
  if (!walks.states_change) return add_walks(std::move(walks), add);
  const Judged changed = without_changed_states(stream, judged);
  add_walks(read_walks(outline, stream, changed), add);
}

}  // namespace

void remember(Judged& judged, std::shared_ptr<const Names> names) {
  judged.step_names = step_names(*names, judged.table);
  judged.known = std::make_shared<const Known>(known_to_checks(*names, judged.table));
  judged.names = std::move(names);
  judged.callbacks = std::make_shared<const CallbackTable>(judged, true);
  judged.plain = std::make_shared<const PlainCallbacks>(
      plain_callbacks(judged.table, *judged.callbacks, judged.step_names));
}

std::vector<Finding> check_walks(const EventStream& stream, const Judged& judged) {
  std::vector<Finding> found;
  add_walks(outline_of(stream, judged), stream, judged, [&found](std::vector<Finding> more) {
    std::move(more.begin(), more.end(), std::back_inserter(found));
  });
  return found;
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
  add_walks(outline, stream, judged, add);
  // Findings about a stray CPU come first: a CPU that runs although the control CPU has given it
  // up. It may cause findings with earlier times than its own finding.
  std::stable_sort(found.begin(), found.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(a.kind != FindingKind::Stray, a.time, a.event) <
           std::tuple(b.kind != FindingKind::Stray, b.time, b.event);
  });
  explain(found, stream, judged);
  return found;
}

void RunChecks::take(std::shared_ptr<const EventStream> part, const Judged& judged) {
  static_cast<void>(judged);
  parts_.push_back(std::move(part));
}

EventStream RunChecks::whole() const {
  EventStream whole;
  if (parts_.empty()) return whole;
  whole.nr_cpus = parts_.back()->nr_cpus;
  whole.names = parts_.back()->names;
  for (const auto& part : parts_)
    whole.events.insert(whole.events.end(), part->events.begin(), part->events.end());
  return whole;
}

std::vector<Finding> RunChecks::finish(const Judged& judged) { return check_all(whole(), judged); }

}  // namespace cpuhp
