#include "model/checks/watch/watches.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "model/checks/assign.hpp"
#include "model/checks/watch/atomic.hpp"
#include "model/checks/watch/flushes.hpp"
#include "model/checks/watch/general_work.hpp"
#include "model/checks/watch/grace_periods.hpp"
#include "model/checks/watch/handshakes.hpp"
#include "model/checks/watch/interrupts.hpp"
#include "model/checks/watch/kexec.hpp"
#include "model/checks/watch/long_callbacks.hpp"
#include "model/checks/watch/masks.hpp"
#include "model/checks/watch/operations.hpp"
#include "model/checks/watch/registration.hpp"
#include "model/checks/watch/resources.hpp"
#include "model/checks/watch/smt.hpp"
#include "model/checks/watch/state_resources.hpp"
#include "model/checks/watch/takedown.hpp"
#include "model/checks/watch/threads.hpp"

namespace cpuhp {
namespace {

/// Goes through a run once, and passes each event to the checks that have a function for it.
template <typename... Checks>
class Watches {
 public:
  Watches(std::shared_ptr<const EventStream> first_part, const Judged& judged)
      : scene_(std::move(first_part), judged),
        checks_((static_cast<void>(sizeof(Checks)), scene_)...) {}

  void enter(std::shared_ptr<const EventStream> part, const Judged& judged) {
    scene_.enter(std::move(part), judged);
    attach();
  }
  /// Goes through the part that was entered last.
  void watch(const Outline& outline) {
    const std::vector<Event>& events = scene_.parts.latest().events;
    for (const Outline::Item item : outline.items())
      if (item.is_event())
        show(*this, events[item.event()]);
      else if (item.is_stretch())
        see(outline, outline.stretch(item), events);
    for_each_check([](auto& check) { check.part_ends(); });
  }
  void forget() { scene_.parts.forget(); }
  /// Returns the findings of all checks, grouped by check.
  std::vector<Finding> finish(const Judged& judged) {
    scene_.judged = &judged;
    attach();
    std::vector<Finding> found;
    for_each_check([&found](auto& check) {
      check.finish();
      std::move(check.found().begin(), check.found().end(), std::back_inserter(found));
    });
    return found;
  }

  static std::vector<Law> laws() {
    std::vector<Law> all;
    (all.insert(all.end(), Checks::kLaws.begin(), Checks::kLaws.end()), ...);
    return all;
  }

  void see_any(const Event& e) {
    for_each_check([&e](auto& check) {
      if constexpr (requires { check.see_any(e); }) check.see_any(e);
    });
  }
  template <EventKind kind>
  void see(Kind<kind>, const Event& e) {
    if constexpr (kind == EventKind::Exit) scene_.leave(e);
    for_each_check([&e](auto& check) { show<kind>(check, e); });
    show<kind>(scene_, e);
  }

 private:
  /// To be called first of all: this object may be a copy.
  void attach() {
    for_each_check([this](auto& check) { check.attach(scene_); });
  }

  void see(const Outline& outline, const Stretch& s, const std::vector<Event>& events) {
    bool looks = false;
    for_each_check([&](const auto& check) {
      if constexpr (requires { check.looks_into(s); }) looks = looks || check.looks_into(s);
    });
    if (looks) return outline.each_event(s, [&](std::uint32_t i) { show(*this, events[i]); });
    for_each_check([&s](auto& check) {
      if constexpr (requires { check.see(s); }) check.see(s);
    });
  }

  template <typename F>
  void for_each_check(F f) {
    std::apply([&f](Checks&... check) { (f(check), ...); }, checks_);
  }

  Scene scene_;
  std::tuple<Checks...> checks_;
};

/// The list of checks. The class of a new check of runs has to be added here.
using AllWatches =
    Watches<ResourceWatch, StateResourceWatch, MaskWatch, HandshakeWatch, ThreadWatch,
            TakedownWatch, AtomicWatch, OperationWatch, RegistrationWatch, GeneralWorkWatch,
            LongCallbackWatch, FlushWatch, GracePeriodWatch, InterruptWatch, SmtWatch, KexecWatch>;

}  // namespace

RunWatch& RunWatch::operator=(const RunWatch& other) {
  assign<AllWatches>(watches_, other.watches_);
  return *this;
}

void RunWatch::take(std::shared_ptr<const EventStream> part, const Outline& outline,
                    const Judged& judged) {
  if (part->events.empty()) return;
  auto* watches = std::any_cast<AllWatches>(&watches_);
  if (watches != nullptr)
    watches->enter(std::move(part), judged);
  else
    watches = &watches_.emplace<AllWatches>(std::move(part), judged);
  watches->watch(outline);
}

void RunWatch::forget() {
  if (auto* watches = std::any_cast<AllWatches>(&watches_)) watches->forget();
}

std::vector<Finding> RunWatch::finish(const Judged& judged) {
  auto* watches = std::any_cast<AllWatches>(&watches_);
  return watches == nullptr ? std::vector<Finding>() : watches->finish(judged);
}

std::vector<Finding> check_run(const Outline& outline, const EventStream& stream,
                               const Judged& judged) {
  RunWatch watch;
  watch.take({std::shared_ptr<void>(), &stream}, outline, judged);
  return watch.finish(judged);
}

std::vector<Law> watch_laws() { return AllWatches::laws(); }

}  // namespace cpuhp
