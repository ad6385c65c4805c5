#include "sim/conform/traced_functions.hpp"

#include <algorithm>
#include <utility>

namespace cpuhp {
namespace {

constexpr std::string_view kModelled[] = {"_cpu_down",
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
static_assert(std::ranges::is_sorted(kModelled));

/// New and old names. "rcu: Standardize explicit CPU-hotplug calls" (6.7) renamed these functions.
constexpr std::pair<std::string_view, std::string_view> kRenamed[] = {
    {"rcutree_report_cpu_dead", "rcu_report_dead"},
    {"rcutree_report_cpu_starting", "rcu_cpu_starting"}};

}  // namespace

std::string_view canonical_function(std::string_view name) {
  for (const auto& [later, name_in_6_1] : kRenamed)
    if (name == later) return name_in_6_1;
  return name;
}

bool modelled(std::string_view function, const StateTable& table) {
  return std::ranges::binary_search(kModelled, function) ||
         std::ranges::any_of(table.all(), [&](const State& s) {
           return s.startup == function || s.teardown == function;
         });
}

bool concurrent(std::string_view function) {
  return function == "cpuhp_ap_sync_alive" || function == "arch_cpu_idle_dead" ||
         function == "cpuhp_ap_report_dead" || function == "cpuhp_complete_idle_dead";
}

}  // namespace cpuhp
