#include "model/checks/state_resources.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "model/operation.hpp"

namespace cpuhp {
namespace {

constexpr const char* kStateResource = "facts.md 5, I32 and I33";

/// A resource of one CPU; each instance has its own.
struct Key {
  CpuId cpu = kNoCpu;
  NameId name = 0;
  std::uint16_t instance = 0;
  auto operator<=>(const Key&) const = default;
};

struct Held {
  std::int16_t step = 0;
  bool reported = false;
};

/// How far a CPU is. Walks pass empty states without a word: after a callback that succeeded the
/// CPU goes on to the target; after one that failed without a rollback to be seen it is back where
/// it was before the operation.
class Progress {
 public:
  void enter(const Event& e) { open_[{e.on, e.role, e.cpu, e.step}] = e.value; }

  void exit(const Event& e) {
    const auto enter = open_.find({e.on, e.role, e.cpu, e.step});
    if (enter == open_.end()) return;
    const std::int16_t target = enter->second;
    open_.erase(enter);
    if (registers_ || (e.ret != 0 && target == rest(e.cpu)))  // a rollback that failed stays there
      now_[e.cpu] = e.value;
    else
      now_[e.cpu] = e.ret == 0 ? target : rest(e.cpu);
  }

  /// A step that failed before its callback.
  void injected(const Event& e) {
    if (!registers_) now_[e.cpu] = rest(e.cpu);
  }

  void begin(bool registers) { registers_ = registers; }
  void end() {
    for (const auto& [cpu, state] : now_) rest_[cpu] = state;
  }

  /// At the end of the last operation. Nobody takes for a CPU that was not seen: 0 will do.
  std::int16_t rest(CpuId cpu) const {
    const auto known = rest_.find(cpu);
    return known == rest_.end() ? std::int16_t{0} : known->second;
  }

 private:
  std::map<std::tuple<CpuId, Role, CpuId, std::int16_t>, std::int16_t> open_;  ///< their targets
  std::map<CpuId, std::int16_t> now_, rest_;
  bool registers_ = false;
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
      case EventKind::OpBegin:
        ++running_;
        progress_.begin(is_registration(stream_.names[e.name]));
        break;
      case EventKind::OpEnd:
        if (running_ > 0) --running_;
        if (running_ > 0) break;  // the walks of others go on
        progress_.end();
        find_leaks(e);
        break;
      case EventKind::MultiEnter:
        if (!multi(e.step)) multi_.push_back(e.step);
        [[fallthrough]];
      case EventKind::Enter:
        progress_.enter(e);
        break;
      case EventKind::Exit:
        progress_.exit(e);
        break;
      case EventKind::Injected:
        if (e.name == fail_) progress_.injected(e);
        break;
      case EventKind::Take:
        if (!held_.try_emplace({e.cpu, e.name, e.instance}, Held{e.step, false}).second)
          find("state-resource-taken", e, "is taken twice");
        break;
      case EventKind::Give:
        if (held_.erase({e.cpu, e.name, e.instance}) == 0)
          find("state-resource-given", e, "is given back, and was not taken");
        break;
      default:
        break;
    }
  }

  /// "rx_queue of CPU 3, instance 2,": whose it is, where each instance has its own.
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

  void find_leaks(const Event& end) {
    for (auto& [key, held] : held_) {
      if (held.reported || progress_.rest(key.cpu) >= held.step) continue;
      held.reported = true;
      add("state-resource-leak", key, held.step, end.time,
          whose(key, held.step) + " is left over below state " + std::to_string(held.step),
          static_cast<std::size_t>(&end - stream_.events.data()));
    }
  }

  const EventStream& stream_;
  NameId fail_;
  Progress progress_;
  std::map<Key, Held> held_;
  std::vector<StateId> multi_;  ///< states with instances
  std::uint32_t running_ = 0;   ///< operations
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_state_resources(const EventStream& stream) {
  return StateResourceCheck(stream).run();
}

}  // namespace cpuhp
