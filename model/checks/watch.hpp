// Base class of the checks of simulated runs: how they see events and report findings. Internal to
// model/checks/.
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

/// A check of a simulated run. It gets the events one after the other, each with the machine's
/// state just before the event (Scene). It may define any of these functions:
/// - see(On<EventKind::Park>, const Event&): one for each kind of event;
/// - see_any(const Event&): every event, before see();
/// - finish(): the end of the run.
///
/// A stretch (a sequence of plain callbacks, see outline.hpp) comes as a whole, by see(const
/// Stretch&). But when looks_into(const Stretch&) of any check is true, all checks get its events
/// one by one. A check with a function for enters must define looks_into().
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

/// True for the enter of a callback on the way down, where the target is below the state. (When a
/// registration calls the callback, the enter has the CPU's state instead of a target.)
inline bool walks_down(const Event& enter) { return enter.value < enter.step; }

}  // namespace cpuhp
