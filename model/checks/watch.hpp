// What the checks of a run have in common: how they see its events, and how a finding is written.
// Internal to model/checks/.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/checks/outline.hpp"
#include "model/checks/scene.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// A check, which is shown the events one after the other, each with the scene as it was before.
///
///   void see(On<EventKind::Park>, const Event& e);   // for each kind that it wants
///   void see_any(const Event& e);                    // for those that look at all of them: first
///   void finish();                                   // there are no more
///
/// A stretch of plain callbacks it is shown as a whole, unless somebody wants to look into it: then
/// all see its events, one after the other.
///
///   bool looks_into(const Stretch& s) const;   // whoever sees enters has to say so
///   void see(const Stretch& s);
class Watch {
 public:
  explicit Watch(const Scene& scene)
      : stream_(scene.stream), judged_(scene.judged), names_(scene.names), scene_(scene) {}

  void finish() {}
  std::vector<Finding>& found() { return found_; }

 protected:
  const std::string& name(NameId id) const { return stream_.names[id]; }
  const StateTable& table() const { return judged_.table; }
  const Anchors& at() const { return judged_.table.anchors(); }
  std::string state_name(StateId state) const {
    if (!table().valid(state) || table().at(state).name.empty()) return std::to_string(state);
    return table().at(state).name;
  }

  void find(const char* invariant, const char* source, const Event& e, std::string place,
            std::string text) {
    found_.push_back({.invariant = invariant,
                      .source = source,
                      .cpu = e.cpu,
                      .time = e.time,
                      .text = std::move(text),
                      .place = std::move(place),
                      .event = static_cast<std::size_t>(&e - stream_.events.data())});
  }

  const EventStream& stream_;
  const Judged& judged_;
  const KnownNames& names_;
  const Scene& scene_;
  std::vector<Finding> found_;
};

inline std::string cpu_text(CpuId cpu) { return "CPU " + std::to_string(cpu); }

/// A callback's enter on a walk's way down: its target is below it. (A registration's target is
/// where the CPU is.)
inline bool walks_down(const Event& enter) { return enter.value < enter.step; }

}  // namespace cpuhp
