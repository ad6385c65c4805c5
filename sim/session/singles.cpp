#include <string>
#include <utility>

#include "sim/session/kinds.hpp"

namespace cpuhp {
namespace {

/// Makes sessions of the probe's victim.
class Singles {
 public:
  Singles(const Probed& p, const std::vector<SessionStep>& modules) : p_(p), modules_(modules) {}

  std::vector<PlaySession> make() {
    for (const int id : p_.failing) add_fault(id);
    for (const int id : p_.refused) add_refusal(std::to_string(id), id < 0 ? "minus" : "");
    add_refusal("text", "");
    add_refusal("99999999999", "");
    add_targets();
    for (const SessionStep& module : modules_) add_module(module);
    return std::move(sessions_);
  }

 private:
  using Steps = std::vector<SessionStep>;

  SessionStep write(const char* file, const std::string& value) const {
    return {.verb = SessionVerb::Write,
            .name = "cpu" + std::to_string(p_.victim) + '/' + file,
            .value = value};
  }
  SessionStep online(bool on) const { return write("online", on ? "1" : "0"); }
  SessionStep arm(const std::string& value) const { return write("hotplug/fail", value); }
  SessionStep target(int id) const { return write("hotplug/target", std::to_string(id)); }
  void add(std::string name, Steps steps) {
    sessions_.push_back({.name = std::move(name), .steps = std::move(steps)});
  }

  /// A fault that its first walk does not meet stays armed, so a walk in the other direction
  /// follows. Not for a PREPARE state: its teardown must not fail (the kernel warns of a "DEAD
  /// callback error", and leaves the CPU on its way), and it cannot be armed from above.
  void add_fault(int id) {
    const std::string number = std::to_string(id);
    if (id > p_.ap_online) add("down-" + number, {arm(number), online(false), online(true)});
    Steps up{online(false), arm(number), online(true)};
    if (id > p_.ap_online) up.push_back(online(false));
    add("up-" + number, std::move(up));
  }

  void add_refusal(const std::string& value, const std::string& sign) {
    const std::string name =
        "refused-" + (sign.empty() ? value : sign + value.substr(value.find_first_not_of('-')));
    add(name, {arm(value), online(false), arm(value), online(true)});
  }

  void add_targets() {
    add("target-0", {target(0), target(0), target(p_.top), target(p_.top)});
    for (const int id : p_.stops) {
      const std::string number = std::to_string(id);
      add("target-down-" + number, {target(id), target(p_.top)});
      add("target-up-" + number, {online(false), target(id), target(0)});
    }
    if (p_.stops.empty() && !p_.failing.empty())
      add("target-refused", {target(p_.failing.back()), target(p_.top + 1), target(-1)});
  }

  void add_module(const SessionStep& load) {
    const SessionStep unload{.verb = SessionVerb::Unload, .name = load.name, .value = {}};
    add("module-" + load.name, {load, online(false), online(true), unload});
    add("module-" + load.name + "-offline", {online(false), load, online(true), unload});
    add("module-" + load.name + "-unload", {load, online(false), unload, online(true)});
    const auto states = p_.of_modules.find(load.name);
    if (states == p_.of_modules.end()) return;
    // Disarmed before the module leaves: an error while a state is removed is BUG.
    for (const int id : states->second) {
      const std::string number = std::to_string(id);
      if (id > p_.ap_online)
        add("module-" + load.name + "-down-" + number,
            {load, arm(number), online(false), online(true), arm("-1"), unload});
      Steps up{load, online(false), arm(number), online(true)};
      if (id > p_.ap_online) up.push_back(online(false));
      up.insert(up.end(), {arm("-1"), unload});
      add("module-" + load.name + "-up-" + number, std::move(up));
    }
  }

  const Probed& p_;
  const std::vector<SessionStep>& modules_;
  std::vector<PlaySession> sessions_;
};

}  // namespace

std::vector<PlaySession> single_sessions(const Probed& p, const std::vector<SessionStep>& modules) {
  return Singles(p, modules).make();
}

}  // namespace cpuhp
