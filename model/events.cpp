#include "model/events.hpp"

#include <array>

namespace cpuhp {

std::string_view to_string(EventKind kind) {
  static constexpr std::array<std::string_view, kEventKinds> kNames{
      "enter",     "multi_enter", "exit",           "op_begin",  "op_end",      "kick",
      "alive",     "release",     "available",      "idle_dead", "dead",        "complete",
      "mask_set",  "mask_clear",  "wait_begin",     "wait_end",  "phase_begin", "phase_end",
      "interrupt", "stop_begin",  "stop_end",       "acquire",   "unlock",      "park",
      "unpark",    "boot_done",   "boot_work_done", "injected",  "timeout",     "warn",
      "panic",     "call",        "take",           "give",      "uevent",      "rest",
      "sync",      "disabled",    "create",         "wake",      "register",    "unregister",
      "arm",       "own",         "disown",         "run",       "hang",        "blame",
      "move",      "atomic_sleep"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(Role role) {
  static constexpr std::array<std::string_view, 9> kNames{
      "control", "ap_boot", "cpuhp", "stopper", "idle", "kworker", "irq", "boot_work", "other"};
  return kNames[static_cast<std::size_t>(role)];
}

NameId Names::find(std::string_view name) const {
  if (const NameId shared = base_ ? base_->find(name) : 0) return shared;
  const auto found = index_.find(name);
  return found == index_.end() ? 0 : found->second;
}

NameId Names::intern(std::string_view name) {
  if (name.empty()) return 0;
  if (const NameId known = find(name)) return known;
  const auto id = static_cast<NameId>(size());
  index_.emplace(name, id);
  names_.emplace_back(name);
  return id;
}

}  // namespace cpuhp
