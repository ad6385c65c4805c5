#include "model/checks/not_judged.hpp"

#include <algorithm>
#include <array>

#include "model/checks/outline.hpp"
#include "model/checks/walk/walks.hpp"

namespace cpuhp {
namespace {

/// Rules of the state machine, which the notifier design does not have.
constexpr std::array<std::string_view, 11> kOfTheStateMachine{
    "I2", "I4", "I10", "I11", "I12", "I13", "I29", "I31", "I32", "target", "complete"};

bool any_multi(const EventStream& stream) {
  return std::ranges::any_of(stream.events,
                             [](const Event& e) { return e.kind == EventKind::MultiEnter; });
}

bool any_registration(const EventStream& stream, const Judged& judged) {
  ReadSoFar so_far;
  const Walks walks = read_walks(outline_of(stream, judged), stream, judged, true, so_far);
  return walks.any_registered || walks.installs;
}

}  // namespace

std::vector<NotJudged> not_judged(const EventStream& stream, const Judged& judged) {
  std::vector<NotJudged> all;
  if (judged.notifier) {
    for (const std::string_view invariant : kOfTheStateMachine)
      all.push_back({invariant, "the notifier design has no state machine"});
    return all;
  }
  if (judged.async) all.push_back({"I25", "the async design plugs CPUs at the same time"});
  if (!any_multi(stream)) all.push_back({"I31", "no multi-instance callback was called"});
  if (stream.events.empty() || !any_registration(stream, judged))
    all.push_back({"I32", "no state was set up or removed"});
  return all;
}

}  // namespace cpuhp
