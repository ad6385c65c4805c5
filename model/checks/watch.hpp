// The base of the checks that watch a run: how they see its events, and how they write a finding.
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

/// A check that watches a run. It is shown the events one after the other, each with the scene as
/// it was before the event. It may have each of these functions:
/// - see(On<EventKind::Park>, const Event&): one for each kind of event;
/// - see_any(const Event&): every event, before see();
/// - finish(): the end of the run.
///
/// A check is shown a stretch of plain callbacks as a whole, by see(const Stretch&). When any
/// check's looks_into(const Stretch&) is true, all checks see the events of the stretch instead,
/// one after the other. A check with a function for enters must have looks_into().
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

/// True for the enter of a callback on the way down of a walk: the target is below the state. (The
/// target in an enter of a registration is the CPU's state.)
inline bool walks_down(const Event& enter) { return enter.value < enter.step; }

}  // namespace cpuhp
