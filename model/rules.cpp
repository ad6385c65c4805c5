#include "model/rules.hpp"

namespace cpuhp {

Rules Rules::v4_6() {
  Rules r;
  r.decrement_first = false;
  r.atomic_errors_ignored = true;  // notify_cpu_starting ignores results (facts.md 2.4)
  r.equal_target_noop = false;
  r.fail_limits = false;
  r.ap_kicks_itself = true;
  r.active_is_a_state = false;
  r.refused_takedown_traced = true;
  r.taken_slot_busy = false;
  r.true_false_words = false;
  r.walker_reads_again = true;
  return r;
}

// v4.5 has no state machine; its table is only read by the notifier design, whose waits are those
// of v4.6.
Rules Rules::v4_5() { return v4_6(); }

Rules Rules::v6_1() {
  Rules r;
  r.atomic_errors_ignored = false;
  r.equal_target_noop = false;
  return r;
}

// 4.14 to 5.12: the thread of the AP as today, the control CPU as in 4.6.
Rules Rules::v5_10() {
  Rules r = v6_1();
  r.control_decrements_late = true;
  r.empty_states_called = true;
  r.atomic_errors_ignored = true;
  r.fail_limits = false;
  r.true_false_words = false;
  return r;
}

Rules Rules::v6_6() {
  Rules r;
  r.core_sync = CoreSync::Full;
  r.split_startup = true;
  r.down_via_kworker = true;
  r.last_housekeeping_busy = true;
  r.boot_cpu_target_online = true;
  r.bringup_spins = false;
  r.smt_forceoff_first = true;
  r.maxcpus_counts_tries = true;
  r.smt_threads = true;
  r.online_retried = true;
  return r;
}

Rules Rules::v6_12() {
  Rules r = v6_6();
  r.freeze_descending = true;
  r.absent_cpus_ignored = true;
  r.prepare_dynamic_skipped = false;
  return r;
}

std::optional<Rules> Rules::by_version(std::string_view version) {
  if (version == "v4.5") return v4_5();
  if (version == "v4.6") return v4_6();
  if (version == "v5.10") return v5_10();
  if (version == "v6.1") return v6_1();
  if (version == "v6.6") return v6_6();
  if (version == "v6.12") return v6_12();
  return std::nullopt;
}

std::string_view to_string(CoreSync sync) {
  switch (sync) {
    case CoreSync::None:
      return "none";
    case CoreSync::Dead:
      return "dead";
    case CoreSync::Full:
      return "full";
  }
  return "none";
}

std::optional<CoreSync> core_sync_by_name(std::string_view name) {
  for (CoreSync s : {CoreSync::None, CoreSync::Dead, CoreSync::Full})
    if (to_string(s) == name) return s;
  return std::nullopt;
}

}  // namespace cpuhp
