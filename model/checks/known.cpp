#include "model/checks/known.hpp"

namespace cpuhp {
namespace {

NameId startup_name(const Names& names, const State& s) {
  if (s.startup == s.teardown) return Known::kByTarget;
  const NameId name = names.find(s.startup);
  return name == 0 && !s.startup.empty() ? Known::kNowhere : name;
}

}  // namespace

void KnownNames::look_up(const Names& names) {
  const auto find = [&names](NameId& id, std::string_view text) {
    if (id == 0) id = names.find(text);
  };
  find(online, "online");
  find(active, "active");
  find(dying, "dying");
  find(cpusets, "cpusets");
  find(rcu, "rcu");
  find(run_queues, "run queues");
  find(idle_mm, "idle mm");
  find(done_up, "done_up");
  find(done_down, "done_down");
  find(alive, "alive");
  find(dead, "dead");
  find(cpuhp, "cpuhp");
  find(smpboot, "smpboot");
  find(stopper, "stopper");
  find(hotplug_lock, "cpu_hotplug_lock");
  find(state_mutex, "cpuhp_state_mutex");
  find(kick_work, "cpuhp_kick_ap_work");
  find(fail, "fail");
  find(rcu_sync, "rcu_sync");
  find(rcu_expedited, "rcu_expedited");
  find(boot, "boot");
  find(shutdown, "shutdown");
  find(up, "up");
  find(down, "down");
  find(write, "write");
  find(suspend, "suspend");
  find(resume, "resume");
  find(setup, "setup");
  find(add_instance, "add_instance");
  find(remove_instance, "remove_instance");
  for (std::size_t i = 0; i < kMoved.size(); ++i) find(moved[i], kMoved[i]);
}

Known known_to_checks(const Names& names, const StateTable& table) {
  const Anchors& at = table.anchors();
  Known known;
  known.names.look_up(names);
  known.paired.resize(table.all().size() / 64 + 1);
  for (const State& s : table.all()) {
    known.startup.push_back(startup_name(names, s));
    known.named.push_back(!s.name.empty());
    const bool core = s.id == at.bringup || s.id == at.teardown || s.id == at.kick_ap;
    if (!core && !s.startup.empty() && !s.teardown.empty() && !s.multi)
      known.paired[static_cast<std::size_t>(s.id) / 64] |= std::uint64_t{1} << (s.id % 64);
  }
  return known;
}

}  // namespace cpuhp
