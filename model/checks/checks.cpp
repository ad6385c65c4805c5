#include "model/checks/checks.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "model/checks/assign.hpp"
#include "model/checks/explain.hpp"
#include "model/checks/known.hpp"
#include "model/checks/outline.hpp"
#include "model/checks/walk/callbacks.hpp"
#include "model/checks/walk/executors.hpp"
#include "model/checks/walk/fields.hpp"
#include "model/checks/walk/installs.hpp"
#include "model/checks/walk/order.hpp"
#include "model/checks/walk/walk_checks.hpp"
#include "model/checks/watch/resources.hpp"
#include "model/checks/watch/state_resources.hpp"
#include "model/checks/watch/watches.hpp"

namespace cpuhp {
namespace {

/// Findings about a stray CPU come first: a CPU that runs although the control CPU has given it up.
/// Such a CPU may cause findings with earlier times than its own finding.
void in_order(std::vector<Finding>& found) {
  std::stable_sort(found.begin(), found.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(a.kind != FindingKind::Stray, a.time, a.event) <
           std::tuple(b.kind != FindingKind::Stray, b.time, b.event);
  });
}

/// The parts of a run so far, and the state of the checks after them.
struct Seen {
  std::vector<std::shared_ptr<const EventStream>> parts;
  RunWatch watch;
  WalkChecks walks;

  void add(std::shared_ptr<const EventStream> part, const Judged& judged, bool ends) {
    parts.push_back(std::move(part));
    if (walks.needs_whole()) return;
    const Outline outline = outline_of(*parts.back(), judged);
    walks.take(outline, *parts.back(), judged, ends);
    if (!walks.needs_whole()) watch.take(parts.back(), outline, judged);
  }

  void forget() {
    parts.erase(parts.begin(), parts.end() - 1);
    watch.forget();
  }

  /// Returns the findings, without an explanation.
  std::vector<Finding> finish(const Judged& judged) {
    std::vector<Finding> found = watch.finish(judged);
    std::ranges::move(walks.findings(), std::back_inserter(found));
    return found;
  }

  EventStream whole() const {
    EventStream whole{.names = parts.back()->names, .nr_cpus = parts.back()->nr_cpus};
    for (const auto& part : parts)
      whole.events.insert(whole.events.end(), part->events.begin(), part->events.end());
    return whole;
  }
};

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
  in_order(found);
  explain(found, stream, judged);
  return found;
}

RunChecks& RunChecks::operator=(const RunChecks& other) {
  assign<Seen>(seen_, other.seen_);
  return *this;
}

void RunChecks::take(std::shared_ptr<const EventStream> part, const Judged& judged) {
  if (!seen_.has_value()) seen_ = Seen{};
  std::any_cast<Seen&>(seen_).add(std::move(part), judged, false);
}

void RunChecks::forget() { std::any_cast<Seen&>(seen_).forget(); }

bool RunChecks::clean(std::shared_ptr<const EventStream> part, const Judged& judged) {
  Seen& seen = std::any_cast<Seen&>(seen_);
  seen.add(std::move(part), judged, true);
  return !seen.walks.needs_whole() && seen.finish(judged).empty();
}

std::vector<Finding> RunChecks::finish(std::shared_ptr<const EventStream> part,
                                       const Judged& judged) {
  if (!seen_.has_value()) return check_all(*part, judged);
  Seen& seen = std::any_cast<Seen&>(seen_);
  seen.add(std::move(part), judged, true);
  if (seen.walks.needs_whole()) return check_all(seen.whole(), judged);
  std::vector<Finding> found = seen.finish(judged);
  in_order(found);
  if (!found.empty()) explain(found, seen.whole(), judged);
  return found;
}

}  // namespace cpuhp
