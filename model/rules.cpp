#include "model/rules.hpp"

#include <algorithm>

namespace cpuhp {
namespace {

constexpr std::optional<Change> kAlways = std::nullopt;

constexpr Change in(int major, int minor, std::array<KernelVersion, 4> stable = {}) {
  return {{major, minor}, stable};
}

// The stable releases are from the changelogs of Debian's 5.10.223, 6.1.192 and 6.12.117. These
// are not complete before 6.1.5: only traces recorded on 6.1.192 show that 6.1 has commit
// 64ea6e44f85b.
constexpr Rule kRules[] = {
    {"decrement_first", &Rules::decrement_first, in(4, 14), kAlways,
     "The AP's thread changes st->state before it runs a teardown callback, not after; it runs "
     "one callback in each iteration of its loop.",
     "4dddfb5faa61"},
    {"control_decrements_late", &Rules::control_decrements_late, in(4, 14), in(5, 13),
     "The control CPU, and the dying CPU while its interrupts are off, change st->state after a "
     "teardown callback; the AP's thread changes st->state before.",
     "453e41085183"},
    {"empty_states_called", &Rules::empty_states_called, in(4, 14), in(5, 13),
     "A walk also visits states without a callback: such a state uses up an armed `fail`, but "
     "nothing fails.",
     "453e41085183"},
    {"atomic_errors_ignored", &Rules::atomic_errors_ignored, in(6, 2), kAlways,
     "The kernel logs an error of a STARTING or DYING callback and continues the walk.",
     "6f855b39e460", false, in(5, 13)},
    {"split_startup", &Rules::split_startup, in(6, 5), kAlways,
     "cpu:kick_ap and cpu:bringup are two states.", "a631be92b996"},
    {"parallel_bringup", &Rules::parallel_bringup, kAlways, kAlways,
     "If the start-up is split (`split_startup`), the boot kicks all CPUs before it releases them "
     "one by one.",
     "18415f33e2ac"},
    {"down_via_kworker", &Rules::down_via_kworker, in(6, 6, {{{6, 1, 53}}}), in(7, 0),
     "cpu_down() runs in a kworker on the first online housekeeping CPU other than the CPU that "
     "goes down.",
     "2b8272ff4a70; dropped by de715325cc47"},
    {"last_housekeeping_busy", &Rules::last_housekeeping_busy, in(6, 6, {{{6, 1, 64}, {6, 5, 13}}}),
     in(7, 0), "A takedown of the last online housekeeping CPU returns -EBUSY.",
     "38685e2a0476; dropped by de715325cc47"},
    {"equal_target_noop", &Rules::equal_target_noop, in(6, 2, {{{5, 10, 163}, {6, 1, 5}}}), kAlways,
     "Writing the current state to `target` does nothing.", "64ea6e44f85b"},
    {"boot_cpu_target_online", &Rules::boot_cpu_target_online, in(6, 2), kAlways,
     "The boot CPU's target is `online` from the start, not 0.", "d385febc9a19"},
    {"fail_limits", &Rules::fail_limits, in(5, 13), kAlways,
     "Writing -1 to `fail` clears it; `fail` refuses states from which no rollback is possible.",
     "3ae70c251f34, 62f250694092"},
    {"ap_kicks_itself", &Rules::ap_kicks_itself, kAlways, in(4, 13),
     "In its idle task the AP sets its active bit and unparks and kicks its own hotplug thread; "
     "one completion serves both directions.",
     "8df3e07e7f21"},
    {"active_is_a_state", &Rules::active_is_a_state, in(4, 8), kAlways,
     "The CPU's active bit is set by the state sched:active, not on entry into the idle loop.",
     "40190a78f85f"},
    {"refused_takedown_traced", &Rules::refused_takedown_traced, kAlways, in(4, 14),
     "The trace shows the kick of the hotplug thread for the rollback after a refused takedown.",
     "4dddfb5faa61"},
    {"freeze_descending", &Rules::freeze_descending, in(6, 9), kAlways,
     "A suspend takes CPUs down in descending order of their numbers.",
     "kernel/cpu.c: freeze_secondary_cpus()"},
    {"instance_error_lost", &Rules::instance_error_lost, kAlways,
     in(7, 2, {{{6, 1, 178}, {6, 12, 97}}}),
     "The rollback of instances overwrites the error of the failed instance with 0.",
     "673db10729fb"},
    {"taken_slot_busy", &Rules::taken_slot_busy, in(4, 10), kAlways,
     "Setting up a state whose number is in use returns -EBUSY; without this rule the new "
     "callbacks replace the old ones.",
     "dc280d936239"},
    {"prepare_dynamic_skipped", &Rules::prepare_dynamic_skipped, kAlways,
     in(6, 10, {{{5, 15, 162}, {6, 1, 97}, {6, 9, 8}}}),
     "Setting up a dynamic PREPARE state returns a number, but calls no startup callback.",
     "932d8476399f"},
    {"bringup_spins", &Rules::bringup_spins, kAlways, in(6, 5),
     "The control CPU busy-waits for the AP's callin and online bits.",
     "arch/x86/kernel/smpboot.c: do_boot_cpu()", true},
    {"primaries_first", &Rules::primaries_first, kAlways, kAlways,
     "With SMT, a boot that kicks all CPUs before it releases them brings up the primary threads "
     "first.",
     "18415f33e2ac"},
    {"smt_forceoff_first", &Rules::smt_forceoff_first, in(6, 6), kAlways,
     "After forceoff, writing an unknown word to smt/control returns -EPERM, not -EINVAL.",
     "kernel/cpu.c: __store_smt_control()"},
    {"maxcpus_counts_tries", &Rules::maxcpus_counts_tries, in(6, 5), kAlways,
     "maxcpus= limits the CPUs that the boot tries to start, not the CPUs that are online.",
     "18415f33e2ac"},
    {"smt_threads", &Rules::smt_threads, in(6, 6), kAlways,
     "smt/control accepts a number of threads and compares it with the current one.",
     "7f48405c3c34"},
    {"smt_skips_offline_cores",
     &Rules::smt_skips_offline_cores,
     in(6, 17, {{{6, 16, 10}}}),
     kAlways,
     "Enabling threads through smt/control leaves a core alone whose CPUs are offline. x86 asks "
     "for "
     "the primary thread, powerpc for any thread.",
     "2066f00e5b2d; powerpc: 6c17ea1f3eaa, 227bbaabe64b",
     false,
     {},
     in(6, 11, {{{6, 10, 7}, {6, 6, 48}}})},
    {"online_retried", &Rules::online_retried, in(6, 6), kAlways,
     "If writing 1 to `online` gets -EBUSY, the kernel tries again for up to 620 ms.",
     "drivers/base/cpu.c: cpu_subsys_online()"},
    {"true_false_words", &Rules::true_false_words, in(5, 19), kAlways,
     "`online` accepts words that begin with t or f as 1 or 0, not only y, n and digits.",
     "0d6ea3ac94ca"},
    {"absent_cpus_ignored", &Rules::absent_cpus_ignored, in(6, 9), kAlways,
     "On bare metal, CPUs that are not present do not count as possible if their package has a "
     "present CPU.",
     "recordings of 6.12 with 4 of 8 CPUs present", true},
    {"walker_reads_again", &Rules::walker_reads_again, kAlways, in(4, 13),
     "A callback that runs in the task of the walk may call cpus_read_lock(). Without this "
     "rule the call waits for ever, and in the AP's thread it waits for ever in every kernel.",
     "fc8dffd379ca"},
    {"hotplug_lock_percpu", &Rules::hotplug_lock_percpu, in(4, 13), kAlways,
     "cpu_hotplug_lock is a percpu rw-semaphore: a writer that finds it idle waits for an RCU "
     "grace "
     "period.",
     "fc8dffd379ca"},
    {"cpusets_synchronous", &Rules::cpusets_synchronous, in(6, 10), kAlways,
     "sched:active rebuilds the scheduling domains itself. Without this rule a kworker does, after "
     "the operation has let cpu_hotplug_lock go, unless tasks are frozen.",
     "2125c0034c5d"},
    {"suspend_expedites", &Rules::suspend_expedites, in(5, 2), kAlways,
     "Grace periods are expedited throughout suspend and resume on every machine; without this "
     "rule "
     "only on machines of up to 256 CPUs.",
     "e85e6a21b2b5"},
    {"online_stops_machine", &Rules::online_stops_machine, kAlways, kAlways,
     "At run time, a CPU that comes up stops all online CPUs while its caches and MTRRs are set. A "
     "resume does that once, at its end.",
     "arch/x86/kernel/cpu/mtrr/: mtrr_ap_init(); from 6.2 on cache_ap_online() in cacheinfo.c",
     true},
};

std::string text(KernelVersion v) { return to_string(v).substr(1); }

/// Returns the first release with the change in each stable series, like "6.1.64, 6.5.13"; "" when
/// no series has it.
std::string stable_text(const Change& change) {
  std::string list;
  for (const KernelVersion& v : change.stable)
    if (v != KernelVersion{}) list += (list.empty() ? "" : ", ") + text(v);
  return list;
}

std::string from_text(const Change& change) {
  const std::string stable = stable_text(change);
  return "from " + text(change.mainline) + " on" +
         (stable.empty() ? "" : " (stable: from " + stable + " on)");
}

std::string before_text(const Change& change) {
  const std::string stable = stable_text(change);
  return "before " + text(change.mainline) +
         (stable.empty() ? "" : " (stable: before " + stable + ")");
}

}  // namespace

bool Change::is_in(KernelVersion version) const {
  if (version >= mainline) return true;
  return std::any_of(stable.begin(), stable.end(), [&](const KernelVersion& first) {
    return version.same_series(first) && version >= first;
  });
}

bool Rule::holds_in(KernelVersion version) const {
  const bool begun = !since || since->is_in(version);
  const bool over = until && until->is_in(version);
  return (begun && !over) || (also_until && !also_until->is_in(version));
}

std::string Rule::kernels() const {
  std::string out;
  const auto add = [&](const std::string& words) { out += (out.empty() ? "" : ", ") + words; };
  if (also_until) add(before_text(*also_until) + ", and again");
  if (since) out += (out.empty() ? "" : " ") + from_text(*since);
  if (until) add(before_text(*until));
  return x86_only ? "x86, " + out : out;
}

std::span<const Rule> all_rules() { return kRules; }

Rules Rules::of(KernelVersion version) {
  Rules r;
  for (const Rule& rule : kRules) r.*rule.member = rule.holds_in(version);
  if (r.split_startup) r.core_sync = CoreSync::Full;
  return r;
}

}  // namespace cpuhp
