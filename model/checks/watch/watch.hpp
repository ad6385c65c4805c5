// Base class of the checks of simulated runs: how they see events and report findings. Internal to
// model/checks/watch/.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/checks/outline.hpp"
#include "model/checks/watch/scene.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// A check of a simulated run. It gets the events one after the other, each with the machine's
/// state just before the event (Scene). It can be copied between two parts of the run, so it keeps
/// no pointers to events, nor to anything of the Judged. It may define any of these functions:
/// - see(On<EventKind::Park>, const Event&): one for each kind of event;
/// - see_any(const Event&): every event, before see();
/// - part_ends(): the end of a part of the run;
/// - finish(): the end of the run.
///
/// A stretch (a sequence of plain callbacks, see outline.hpp) comes as a whole, by see(const
/// Stretch&). But when looks_into(const Stretch&) of any check is true, all checks get its events
/// one by one. A check with a function for enters must define looks_into().
class Watch {
 public:
  explicit Watch(const Scene& scene) : scene_(&scene) {}

  /// Sets the scene, which has moved to another place when the check was copied together with it.
  void attach(const Scene& scene) { scene_ = &scene; }
  void part_ends() {}
  void finish() {}
  std::vector<Finding>& found() { return found_; }

 protected:
  const Scene& scene() const { return *scene_; }
  const Judged& judged() const { return *scene_->judged; }
  const KnownNames& names() const { return scene_->names; }
  const std::string& name(NameId id) const { return scene_->parts.latest().names[id]; }
  const StateTable& table() const { return judged().table; }
  const Anchors& at() const { return table().anchors(); }
  std::string state_name(StateId state) const {
    if (!table().valid(state) || table().at(state).name.empty()) return std::to_string(state);
    return table().at(state).name;
  }

  PastEvent past(const Event& e) const { return scene_->parts.past(e); }

  void find(const char* invariant, const char* source, const Event& e, std::string place,
            std::string text) {
    find(invariant, source, past(e), std::move(place), std::move(text));
  }
  void find(const char* invariant, const char* source, const PastEvent& e, std::string place,
            std::string text) {
    found_.push_back({.invariant = invariant,
                      .source = source,
                      .cpu = e.cpu,
                      .time = e.time,
                      .text = std::move(text),
                      .place = std::move(place),
                      .event = e.number});
  }

  std::vector<Finding> found_;

 private:
  const Scene* scene_;
};

/// Returns the findings of one check in a stream of which nothing is known but its events.
template <typename Check>
std::vector<Finding> findings_of(const EventStream& stream, bool complete) {
  Judged judged;
  judged.complete = complete;
  const Scene scene({std::shared_ptr<void>(), &stream}, judged);
  Check check(scene);
  show_all(stream.events, check);
  check.part_ends();
  check.finish();
  return std::move(check.found());
}

inline std::string cpu_text(CpuId cpu) { return "CPU " + std::to_string(cpu); }

/// True for the enter of a callback on the way down, where the target is below the state. (When a
/// registration calls the callback, the enter has the CPU's state instead of a target.)
inline bool walks_down(const Event& enter) { return enter.value < enter.step; }

}  // namespace cpuhp
