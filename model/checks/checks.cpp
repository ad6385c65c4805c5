#include "model/checks/checks.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "model/checks/atomic.hpp"
#include "model/checks/callbacks.hpp"
#include "model/checks/chain.hpp"
#include "model/checks/executors.hpp"
#include "model/checks/fields.hpp"
#include "model/checks/general_work.hpp"
#include "model/checks/installs.hpp"
#include "model/checks/masks.hpp"
#include "model/checks/operations.hpp"
#include "model/checks/order.hpp"
#include "model/checks/registration.hpp"
#include "model/checks/resources.hpp"
#include "model/checks/state_resources.hpp"
#include "model/checks/sync.hpp"
#include "model/checks/takedown.hpp"
#include "model/checks/threads.hpp"
#include "model/checks/walks.hpp"

namespace cpuhp {
namespace {

/// The table does not say what a state calls that is registered or removed in the run. Empty: it
/// says all.
Judged without_changed_states(const EventStream& stream, const Judged& judged) {
  std::vector<StateId> states;
  for (const Event& e : stream.events)
    if ((e.kind == EventKind::Register || e.kind == EventKind::Unregister) &&
        judged.table.valid(e.step) && judged.table.at(e.step).has_callbacks())
      states.push_back(e.step);
  if (states.empty()) return {};
  Judged changed = judged;
  changed.names.reset();
  for (const StateId state : states)
    changed.table.at(state) = {.id = state, .section = judged.table.section(state)};
  return changed;
}

/// Goes through a stream once, and shows each event to the checks that want its kind.
template <typename... Checks>
class Watches {
 public:
  Watches(const EventStream& stream, const Judged& judged)
      : scene_(stream, judged), checks_((static_cast<void>(sizeof(Checks)), scene_)...) {}

  /// What they have found, one check after the other.
  std::vector<Finding> run() {
    show_all(scene_.stream.events, *this);
    std::vector<Finding> found;
    for_each_check([&found](auto& check) {
      check.finish();
      std::move(check.found().begin(), check.found().end(), std::back_inserter(found));
    });
    return found;
  }

  template <EventKind kind>
  void see(Kind<kind>, const Event& e) {
    for_each_check([&e](auto& check) {
      if constexpr (requires { check.see_any(e); }) check.see_any(e);
      show<kind>(check, e);
    });
    show<kind>(scene_, e);
  }

 private:
  template <typename F>
  void for_each_check(F f) {
    std::apply([&f](Checks&... check) { (f(check), ...); }, checks_);
  }

  Scene scene_;
  std::tuple<Checks...> checks_;
};

/// What callbacks alone show: of simulated runs and of kernels' traces.
template <typename Add>
void add_walks(const EventStream& stream, const Judged& as_made, Add add) {
  if (stream.events.empty()) return;
  const Judged changed = without_changed_states(stream, as_made);
  const Judged& judged = changed.table.all().empty() ? as_made : changed;
  Walks walks = read_walks(stream, judged);
  add(std::move(walks.findings));
  add(check_fields(stream, judged, walks));
  add(check_executors(stream, judged, walks));
  if (judged.notifier) return add(check_chain(stream, judged, walks));
  add(check_installs(stream, judged, walks));
  Callbacks callbacks(stream, judged, walks);
  add(check_order(stream, judged, walks, callbacks));
  add(callbacks.findings());
}

}  // namespace

std::vector<Finding> check_walks(const EventStream& stream, const Judged& judged) {
  std::vector<Finding> found;
  add_walks(stream, judged, [&found](std::vector<Finding> more) {
    std::move(more.begin(), more.end(), std::back_inserter(found));
  });
  return found;
}

std::vector<Finding> check_all(const EventStream& stream, const Judged& judged) {
  std::vector<Finding> found;
  const auto add = [&found](std::vector<Finding> more) {
    std::move(more.begin(), more.end(), std::back_inserter(found));
  };
  if (judged.traced_only) {
    add(check_resources(stream, judged.complete));
    add(check_state_resources(stream));
  } else {
    add(Watches<ResourceWatch, StateResourceWatch, MaskWatch, SyncWatch, ThreadWatch, TakedownWatch,
                AtomicWatch, OperationWatch, RegistrationWatch, GeneralWorkWatch>(stream, judged)
            .run());
  }
  add_walks(stream, judged, add);
  std::stable_sort(found.begin(), found.end(),
                   [](const Finding& a, const Finding& b) { return a.time < b.time; });
  return found;
}

}  // namespace cpuhp
