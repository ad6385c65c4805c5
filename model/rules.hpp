// What differs between kernels, one flag a rule (facts.md 3.1). A table names its version; single
// flags override it, because stable kernels back-port (6.1.192 has several rules of 6.2 and 6.6:
// truth/).
//
//   Rules r = Rules::v6_1();
//   r.down_via_kworker = true;    // as Debian's 6.1.192 does
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cpuhp {

/// What the control CPU and the AP tell each other while the AP starts or dies (facts.md 3.8).
enum class CoreSync : std::uint8_t { None, Dead, Full };

struct Rules {
  /// 4.14+: the AP's thread moves the state before a teardown callback runs, one callback an
  /// iteration; before that (4.6-4.13) after it. 4dddfb5faa61
  bool decrement_first = true;
  /// 4.14-5.12: the control CPU, and the dying CPU with interrupts off, still move it after the
  /// callback, as all do where decrement_first is off. 453e41085183
  bool control_decrements_late = false;
  /// 4.14-5.12: a walk also calls states that have no callback that way: nothing runs, but an armed
  /// `fail` is used up there, and nothing fails. 453e41085183
  bool empty_states_called = false;
  /// 6.2+: an error in STARTING/DYING is logged and the walk goes on. 6f855b39e460
  bool atomic_errors_ignored = true;
  /// 6.5+: values of ap_sync_state. 6f062123f104 and its series
  CoreSync core_sync = CoreSync::None;
  /// 6.5+: cpu:kick_ap and cpu:bringup are two states. a631be92b996
  bool split_startup = false;
  /// 6.5+, where start-up is split: boot kicks all before it releases one by one. 18415f33e2ac
  bool parallel_bringup = true;
  /// 6.6+: cpu_down runs in a kworker on the first other online housekeeping CPU. 2b8272ff4a70
  bool down_via_kworker = false;
  /// 6.6+: the last online housekeeping CPU refuses with -EBUSY. 38685e2a0476
  bool last_housekeeping_busy = false;
  /// 6.2+: writing the present state to `target` does nothing. 64ea6e44f85b
  bool equal_target_noop = true;
  /// 6.2+: the boot CPU's target is `online` from the start; before, 0. d385febc9a19
  bool boot_cpu_target_online = false;
  /// 5.13+: -1 clears `fail`, and states that cannot be rolled back refuse it. 3ae70c251f34,
  /// 62f250694092
  bool fail_limits = true;
  /// 4.6 - 4.12: the AP sets `active`, unparks and kicks its own thread in idle; one completion for
  /// everything. 8df3e07e7f21
  bool ap_kicks_itself = false;
  /// 4.8+: `active` belongs to sched:active; 4.6: to the idle entry. 40190a78f85f
  bool active_is_a_state = true;
  /// 4.6 - 4.13: the rollback kick after a refused takedown is traced (facts.md 4).
  bool refused_takedown_traced = false;
  /// 6.9+: suspend takes CPUs down from the highest number. (facts.md 3.13)
  bool freeze_descending = false;
  /// up to 6.18: a rolled-back instance's error is overwritten by the rollback's 0 (B22).
  /// 673db10729fb
  bool instance_error_lost = true;
  /// 4.10+: setting up a state whose number is taken is -EBUSY; before, the new one replaces the
  /// old one (B9). dc280d936239
  bool taken_slot_busy = true;
  /// up to 6.9: setting up a dynamic PREPARE state gives its number and calls nothing (B21).
  /// 932d8476399f, which stable kernels have, too (5.15.162).
  bool prepare_dynamic_skipped = true;
  /// x86 up to 6.4 and the 4.x kernels: the control CPU spins for callin and online
  /// (facts.md 1.2, 3.5).
  bool bringup_spins = true;
  /// 6.5+ with SMT, where all are kicked first: primary threads are brought up first
  /// (facts.md 3.9).
  bool primaries_first = true;
  /// 6.6+: an unknown word written to smt/control after forceoff is -EPERM, before -EINVAL
  /// (truth/README.md 5).
  bool smt_forceoff_first = false;
  /// 6.5+: maxcpus= counts the CPUs that boot tries; before, those that are online. 18415f33e2ac
  bool maxcpus_counts_tries = false;
  /// 6.6+: smt/control takes and compares a number of threads. 7f48405c3c34
  bool smt_threads = false;
  /// 6.6+: a write of 1 to `online` that hotplug is disabled for is tried again, for 620 ms
  /// (facts.md 3.10).
  bool online_retried = false;
  /// 5.19+: `online` also takes words that begin with t or f. 0d6ea3ac94ca
  bool true_false_words = true;
  /// x86 6.9+ on bare metal: CPUs that firmware announces and that are not there don't count as
  /// possible when their package has one that is. (recordings: 6.12 with 4 of 8 CPUs present)
  bool absent_cpus_ignored = false;

  /// up to 4.12: the task that walks may call get_online_cpus() in its callbacks; the AP's thread
  /// never might. fc8dffd379ca
  bool walker_reads_again = false;

  /// Whoever is not the AP's thread moves the state after a teardown callback.
  bool control_is_late() const { return !decrement_first || control_decrements_late; }

  static Rules v4_5();
  static Rules v4_6();
  static Rules v5_10();
  static Rules v6_1();
  static Rules v6_6();
  static Rules v6_12();
  /// The defaults of "v4.5", "v4.6", "v5.10", "v6.1", "v6.6", "v6.12"; none for another word.
  static std::optional<Rules> by_version(std::string_view version);

  bool operator==(const Rules&) const = default;
};

/// Calls f(name, reference) for every boolean rule, in declaration order: loaders, schema and tests
/// use this list.
template <typename R, typename F>
void for_each_rule(R& r, F f) {
  f("decrement_first", r.decrement_first);
  f("control_decrements_late", r.control_decrements_late);
  f("empty_states_called", r.empty_states_called);
  f("atomic_errors_ignored", r.atomic_errors_ignored);
  f("split_startup", r.split_startup);
  f("parallel_bringup", r.parallel_bringup);
  f("down_via_kworker", r.down_via_kworker);
  f("last_housekeeping_busy", r.last_housekeeping_busy);
  f("equal_target_noop", r.equal_target_noop);
  f("boot_cpu_target_online", r.boot_cpu_target_online);
  f("fail_limits", r.fail_limits);
  f("ap_kicks_itself", r.ap_kicks_itself);
  f("active_is_a_state", r.active_is_a_state);
  f("refused_takedown_traced", r.refused_takedown_traced);
  f("freeze_descending", r.freeze_descending);
  f("instance_error_lost", r.instance_error_lost);
  f("taken_slot_busy", r.taken_slot_busy);
  f("prepare_dynamic_skipped", r.prepare_dynamic_skipped);
  f("bringup_spins", r.bringup_spins);
  f("primaries_first", r.primaries_first);
  f("smt_forceoff_first", r.smt_forceoff_first);
  f("maxcpus_counts_tries", r.maxcpus_counts_tries);
  f("smt_threads", r.smt_threads);
  f("online_retried", r.online_retried);
  f("true_false_words", r.true_false_words);
  f("absent_cpus_ignored", r.absent_cpus_ignored);
  f("walker_reads_again", r.walker_reads_again);
}

/// "none", "dead", "full".
std::string_view to_string(CoreSync sync);
std::optional<CoreSync> core_sync_by_name(std::string_view name);

}  // namespace cpuhp
