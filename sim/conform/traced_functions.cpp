#include "sim/conform/traced_functions.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cpuhp {
namespace {

constexpr std::array<std::string_view, 32> kModelled{"_cpu_down",
                                                     "_cpu_up",
                                                     "arch_cpu_idle_dead",
                                                     "cpu_device_down",
                                                     "cpu_device_up",
                                                     "cpu_subsys_offline",
                                                     "cpu_subsys_online",
                                                     "cpu_up",
                                                     "cpuhp_ap_report_dead",
                                                     "cpuhp_ap_sync_alive",
                                                     "cpuhp_complete_idle_dead",
                                                     "cpuhp_invoke_callback",
                                                     "cpuhp_kick_ap",
                                                     "cpuhp_kick_ap_work",
                                                     "cpuhp_online_idle",
                                                     "cpuhp_report_idle_dead",
                                                     "cpuhp_thread_fun",
                                                     "device_offline",
                                                     "device_online",
                                                     "irq_migrate_all_off_this_cpu",
                                                     "kthread_park",
                                                     "kthread_unpark",
                                                     "notify_cpu_starting",
                                                     "online_store",
                                                     "rcu_cpu_starting",
                                                     "rcu_report_dead",
                                                     "rcutree_migrate_callbacks",
                                                     "set_cpu_online",
                                                     "stop_machine_cpuslocked",
                                                     "take_cpu_down",
                                                     "tick_cleanup_dead_cpu",
                                                     "tick_handover_do_timer"};
static_assert(std::is_sorted(kModelled.begin(), kModelled.end()));

/// New and old names. "rcu: Standardize explicit CPU-hotplug calls" (6.7) renamed these functions.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kRenamed{
    {{"rcutree_report_cpu_dead", "rcu_report_dead"},
     {"rcutree_report_cpu_starting", "rcu_cpu_starting"}}};

}  // namespace

std::string_view canonical_function(std::string_view name) {
  for (const auto& [later, name_in_6_1] : kRenamed)
    if (name == later) return name_in_6_1;
  return name;
}

bool modelled(std::string_view function, const StateTable& table) {
  if (std::binary_search(kModelled.begin(), kModelled.end(), function)) return true;
  return std::any_of(table.all().begin(), table.all().end(), [&](const State& s) {
    return s.startup == function || s.teardown == function;
  });
}

bool concurrent(std::string_view function) {
  return function == "cpuhp_ap_sync_alive" || function == "arch_cpu_idle_dead" ||
         function == "cpuhp_ap_report_dead" || function == "cpuhp_complete_idle_dead";
}

void collect_traced(const Ftrace& trace, std::set<std::string, std::less<>>& traced) {
  for (const FunctionCall& call : trace.functions)
    traced.emplace(canonical_function(call.function));
}

}  // namespace cpuhp
