#include "model/checks/state_resources.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace cpuhp {
namespace {

constexpr const char* kStateResource = "docs/kernel.md 7, I32 and I33";

/// Identifies a resource of a CPU. Each instance of a state has resources of its own.
struct Key {
  CpuId cpu = kNoCpu;
  NameId name = 0;
  std::uint16_t instance = 0;
  auto operator<=>(const Key&) const = default;
};

struct Held {
  std::int16_t step = 0;
  /// no further finding about this resource: it was reported, or its leak is intended
  bool reported = false;
};

class StateResourceCheck {
 public:
  explicit StateResourceCheck(const EventStream& stream)
      : stream_(stream), fail_(stream.names.find("fail")) {}

  std::vector<Finding> run() {
    const auto is_resource = [](const Event& e) {
      return e.kind == EventKind::Take || e.kind == EventKind::Give;
    };
    if (std::none_of(stream_.events.begin(), stream_.events.end(), is_resource)) return {};
    for (const Event& e : stream_.events) see(e);
    return std::move(findings_);
  }

 private:
  void see(const Event& e) {
    switch (e.kind) {
      case EventKind::Rest:
        find_leaks(e);
        break;
      case EventKind::Injected:
        if (e.name == fail_ && fail_ != 0) spare(e);
        break;
      case EventKind::MultiEnter:
        if (!multi(e.step)) multi_.push_back(e.step);
        break;
      case EventKind::Take:
        if (!held_.try_emplace({e.cpu, e.name, e.instance}, Held{e.step, false}).second)
          find("state-resource-taken", e, "is taken twice");
        break;
      case EventKind::Give:
        if (held_.erase({e.cpu, e.name, e.instance}) == 0)
          find("state-resource-given", e, "is given back, but it was not taken");
        break;
      default:
        break;
    }
  }

  /// Returns a text like "rx_queue of CPU 3, instance 2,". The instance is there for a
  /// multi-instance state only.
  std::string whose(const Key& key, StateId state) const {
    std::string text = stream_.names[key.name] + " of CPU " + std::to_string(key.cpu);
    if (multi(state)) text += ", instance " + std::to_string(key.instance) + ',';
    return text;
  }
  bool multi(StateId state) const {
    return std::find(multi_.begin(), multi_.end(), state) != multi_.end();
  }

  void add(const char* invariant, const Key& key, StateId state, Ns time, std::string text,
           std::size_t event) {
    findings_.push_back({.invariant = invariant,
                         .source = kStateResource,
                         .cpu = key.cpu,
                         .time = time,
                         .text = std::move(text),
                         .place = stream_.names[key.name],
                         .event = event,
                         .kind = FindingKind::Resource,
                         .state = state});
    if (multi(state)) findings_.back().instance = key.instance;
  }

  void find(const char* invariant, const Event& e, const std::string& what) {
    const Key key{e.cpu, e.name, e.instance};
    add(invariant, key, e.step, e.time,
        whose(key, e.step) + ' ' + what + " (state " + std::to_string(e.step) + ')',
        static_cast<std::size_t>(&e - stream_.events.data()));
  }

  /// Handles a fault by hotplug/fail. When it replaces a teardown, the user wants the resource to
  /// be left over, so this is no finding.
  void spare(const Event& injected) {
    for (auto& [key, held] : held_)
      if (key.cpu == injected.cpu && held.step == injected.step) held.reported = true;
  }

  void find_leaks(const Event& rest) {
    for (auto& [key, held] : held_) {
      if (held.reported || key.cpu != rest.cpu || rest.step >= held.step) continue;
      held.reported = true;
      add("state-resource-leak", key, held.step, rest.time,
          whose(key, held.step) + " was not given back, although the CPU rests below state " +
              std::to_string(held.step),
          static_cast<std::size_t>(&rest - stream_.events.data()));
    }
  }

  const EventStream& stream_;
  NameId fail_;
  std::map<Key, Held> held_;
  std::vector<StateId> multi_;  ///< multi-instance states
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_state_resources(const EventStream& stream) {
  return StateResourceCheck(stream).run();
}

}  // namespace cpuhp
