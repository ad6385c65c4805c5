#include "model/checks/walk/walk_checks.hpp"

#include <iterator>
#include <utility>

#include "model/checks/walk/fields.hpp"
#include "model/checks/walk/installs.hpp"

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

}  // namespace

void WalkChecks::take(const Outline& outline, const EventStream& part, const Judged& judged,
                      bool ends) {
  if (part.events.empty() || needs_whole_) return;
  const bool whole = !std::exchange(begun_, true) && ends;
  Walks walks = read_walks(outline, part, judged, ends, read_);
  needs_whole_ =
      !whole && (judged.traced_only || walks.registers || walks.installs || walks.any_registered);
  if (needs_whole_) return;
  if (!walks.states_change) return judge(std::move(walks));
  const Judged changed = without_changed_states(part, judged);
  read_ = {};
  judge(read_walks(outline, part, changed, ends, read_));
}

void WalkChecks::judge(Walks walks) {
  auto group = found_.begin();
  const auto add = [&](std::vector<Finding> more) {
    for (Finding& f : more)  // negative for an event of an earlier part (Step::enter)
      f.event = walks.stream.first + static_cast<std::size_t>(static_cast<std::int32_t>(f.event));
    std::move(more.begin(), more.end(), std::back_inserter(*group++));
  };
  add(std::move(walks.findings));
  add(check_times(walks, latest_));
  add(check_fields(walks));
  add(check_executors(walks, tasks_));
  if (walks.judged.notifier) return add(check_chain(walks, chains_));
  add(check_installs(walks));
  Callbacks callbacks(walks);
  add(check_order(walks, callbacks, order_));
  add(callbacks.findings());
}

std::vector<Finding> WalkChecks::findings() const {
  std::vector<Finding> all;
  for (const std::vector<Finding>& group : found_)
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

}  // namespace cpuhp
