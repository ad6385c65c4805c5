#include "model/state_table.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cpuhp {

StateTable::StateTable(std::string name, std::string kernel, Rules rules, std::vector<State> states)
    : name_(std::move(name)), kernel_(std::move(kernel)), rules_(rules) {
  if (states.empty()) throw std::invalid_argument("the table has no states");
  if (states.back().id >= kMaxStates)
    throw std::invalid_argument("a state's id is above 4095, the highest allowed id");
  dense_.resize(static_cast<std::size_t>(states.back().id) + 1);
  for (StateId id = 0; id < static_cast<StateId>(dense_.size()); ++id) at(id).id = id;
  int previous = -1;
  for (State& s : states) {
    if (s.id <= previous)
      throw std::invalid_argument("state " + std::to_string(s.id) +
                                  " is out of order: expected ascending ids");
    previous = s.id;
    at(s.id) = std::move(s);
  }
  find_anchors();
  for (State& s : dense_) s.section = section(s.id);
  find_dynamic_ranges();
}

StateTable::StateTable(std::string name, std::string kernel, Rules rules, std::vector<State> states,
                       const DynamicRanges& dynamic)
    : StateTable(std::move(name), std::move(kernel), rules, std::move(states)) {
  dynamic_ = dynamic;
}

bool StateTable::is_arm64() const {
  if (!arch_.empty()) return arch_ == "aarch64" || arch_ == "arm64";
  return std::any_of(dense_.begin(), dense_.end(),
                     [](const State& s) { return s.name.starts_with("arm64/"); });
}

StateId StateTable::find(std::string_view name) const {
  if (name.empty()) return -1;
  for (const State& s : dense_)
    if (s.name == name) return s.id;
  return -1;
}

void StateTable::find_anchors() {
  const auto need = [&](std::string_view name) {
    const StateId id = find(name);
    if (id < 0)
      throw std::invalid_argument("the table has no state named \"" + std::string(name) + "\"");
    return id;
  };
  anchors_.offline = need("offline");
  anchors_.smpboot_threads = find("smpboot/threads:online");
  if (anchors_.smpboot_threads < 0) anchors_.smpboot_threads = find("smpboot:threads");  // v4.6
  anchors_.sched_wait_empty = find("sched:waitempty");
  anchors_.hrtimers_prepare = find("hrtimers:prepare");
  anchors_.hrtimers_dying = find("hrtimers:dying");
  anchors_.timers_prepare = find("timers:prepare");
  anchors_.smpcfd_dying = find("smpcfd:dying");
  anchors_.cachectrl = find("x86/cachectrl:starting");
  anchors_.threads_prepare = find("threads:prepare");
  if (anchors_.threads_prepare < 0) anchors_.threads_prepare = find("threads:create");  // v4.6
  anchors_.kick_ap = find("cpu:kick_ap");
  anchors_.bringup = need("cpu:bringup");
  anchors_.idle_dead = need("idle:dead");
  anchors_.ap_offline = need("ap:offline");
  anchors_.ap_online = need("ap:online");
  anchors_.teardown = need("cpu:teardown");
  anchors_.ap_online_idle = static_cast<StateId>(anchors_.teardown + 1);
  anchors_.sched_active = find("sched:active");
  anchors_.online = need("online");
  const Anchors& a = anchors_;
  const bool ordered = a.offline == 0 && a.bringup > 0 && a.idle_dead == a.bringup + 1 &&
                       a.ap_offline == a.idle_dead + 1 && a.ap_online > a.ap_offline &&
                       a.teardown == a.ap_online + 1 && a.online > a.ap_online_idle &&
                       a.kick_ap < a.bringup && a.online + 1 == static_cast<StateId>(dense_.size());
  if (!ordered)
    throw std::invalid_argument(
        "the states are out of order: expected offline as 0, then cpu:bringup immediately "
        "followed by idle:dead and ap:offline, then ap:online immediately followed by "
        "cpu:teardown and the unnamed state of the idle entry, and online as the last state");
  if (!at(a.ap_online_idle).startup.empty() || !at(a.ap_online_idle).teardown.empty())
    throw std::invalid_argument(
        "the state after cpu:teardown stands for the AP's entry into its idle loop: expected a "
        "state without callbacks");
}

/// Computes the ranges of dynamic numbers, because hotplug/states does not show them. The PREPARE
/// range (4.10 on) has the 21 numbers below cpu:kick_ap or, without that state, below cpu:bringup.
/// The ONLINE range follows base/cacheinfo:online, and has 41 numbers when they fit below
/// sched:active, else 31. Without base/cacheinfo:online (4.6, small tables) it begins with the
/// first unnamed number after Anchors::ap_online_idle, and ends below sched:active.
void StateTable::find_dynamic_ranges() {
  constexpr StateId kPrepareSlots = 21, kOnlineSlots = 31, kMoreOnlineSlots = 41;
  const Anchors& a = anchors_;
  const auto id = [](int value) { return static_cast<StateId>(value); };
  const StateId prepare_end = a.kick_ap >= 0 ? a.kick_ap : a.bringup;
  dynamic_.prepare = {id(std::max(1, prepare_end - kPrepareSlots)), id(prepare_end - 1)};
  const StateId online_end = a.sched_active >= 0 ? a.sched_active : a.online;
  if (const StateId cacheinfo = find("base/cacheinfo:online");
      section(cacheinfo) == Section::Online) {
    const StateId slots =
        cacheinfo + kMoreOnlineSlots < online_end ? kMoreOnlineSlots : kOnlineSlots;
    dynamic_.online = {id(cacheinfo + 1), id(std::min(cacheinfo + slots, online_end - 1))};
    return;
  }
  StateId first = id(a.ap_online_idle + 1);
  while (first < online_end && !at(first).name.empty()) ++first;
  dynamic_.online = {first, id(online_end - 1)};
}

DynamicRange StateTable::dynamic_range(StateId id) const {
  if (dynamic_.prepare.contains(id)) return DynamicRange::Prepare;
  return dynamic_.online.contains(id) ? DynamicRange::Online : DynamicRange::None;
}

bool StateTable::is_core(StateId id) const {
  const Anchors& a = anchors_;
  return id == a.offline || id == a.threads_prepare || id == a.kick_ap || id == a.bringup ||
         id == a.idle_dead || id == a.ap_offline || id == a.ap_online || id == a.teardown ||
         id == a.ap_online_idle || id == a.sched_active || id == a.online;
}

bool StateTable::split_startup() {
  if (anchors_.kick_ap >= 0) return true;
  const auto id = static_cast<StateId>(anchors_.bringup - 1);
  if (id <= 0 || at(id).has_callbacks() || !at(id).name.empty()) return false;
  State& s = at(id);
  s.name = "cpu:kick_ap";
  s.section = Section::Prepare;
  s.startup = "cpuhp_kick_ap_alive";
  s.source = "inserted: this design splits cpu:bringup (a631be92b996)";
  anchors_.kick_ap = id;
  return true;
}

}  // namespace cpuhp
