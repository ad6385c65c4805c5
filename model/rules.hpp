// The differences between kernels, one flag for each. The version of the table's kernel gives all
// flags. A scenario may override single flags, because distributions and stable series back-port
// changes.
//
//   Rules debian = Rules::of({6, 1, 192});
//   bool kworker = debian.down_via_kworker;   // true: 6.1.53 has the back-port of 2b8272ff4a70
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/kernel_version.hpp"
#include "model/rows.hpp"

namespace cpuhp {

/// How much of the handshake a starting or dying AP does through ap_sync_state.
enum class CoreSync : std::uint8_t { None, Dead, Full };
inline constexpr std::array<Named<CoreSync>, 3> kCoreSyncs{{
    {CoreSync::None, "none", "the control CPU and the AP share no sync state"},
    {CoreSync::Dead, "dead", "only the dying CPU's report that it is dead is synchronised"},
    {CoreSync::Full, "full", "all six values of ap_sync_state are used"},
}};
static_assert(in_order(kCoreSyncs));

/// One flag for each rule. The table in rules.cpp has the meaning of each flag, the kernels with
/// it, and the commit that introduced it.
struct Rules {
  bool decrement_first = false;
  bool control_decrements_late = false;
  bool empty_states_called = false;
  bool atomic_errors_ignored = false;
  bool split_startup = false;
  bool parallel_bringup = false;
  bool down_via_kworker = false;
  bool last_housekeeping_busy = false;
  bool equal_target_noop = false;
  bool boot_cpu_target_online = false;
  bool fail_limits = false;
  bool ap_kicks_itself = false;
  bool active_is_a_state = false;
  bool refused_takedown_traced = false;
  bool freeze_descending = false;
  bool instance_error_lost = false;
  bool taken_slot_busy = false;
  bool prepare_dynamic_skipped = false;
  bool bringup_spins = false;
  bool primaries_first = false;
  bool smt_forceoff_first = false;
  bool maxcpus_counts_tries = false;
  bool smt_threads = false;
  bool smt_skips_offline_cores = false;
  bool online_retried = false;
  bool true_false_words = false;
  bool absent_cpus_ignored = false;
  bool walker_reads_again = false;
  bool hotplug_lock_percpu = false;
  bool cpusets_synchronous = false;
  bool suspend_expedites = false;
  bool online_stops_machine = false;
  /// Value of HOTPLUG_CORE_SYNC for the architecture, from 6.5 on (6f062123f104 and its series).
  CoreSync core_sync = CoreSync::None;

  /// True when tasks other than the AP's thread change the state after a teardown callback instead
  /// of before it.
  bool control_is_late() const { return !decrement_first || control_decrements_late; }

  /// Returns the rules of an x86 kernel of that version. A version newer than all known ones gets
  /// the rules of the newest known version.
  static Rules of(KernelVersion version);

  bool operator==(const Rules&) const = default;
};

/// A change of the kernel: the first mainline release with it, and the first release of each stable
/// series with the back-port.
struct Change {
  KernelVersion mainline;
  std::array<KernelVersion, 4> stable = {};

  bool is_in(KernelVersion version) const;
};

/// One row of the table of rules.
struct Rule {
  std::string_view name;  ///< name in files
  bool Rules::*member;
  std::optional<Change> since;               ///< none: from the first kernel on
  std::optional<Change> until;               ///< none: up to the newest kernel
  std::string_view doc;                      ///< meaning of the flag when it is on
  std::string_view source;                   ///< commit, or other evidence
  bool x86_only = false;                     ///< the rule never holds on other architectures
  std::optional<Change> also_until = {};     ///< the rule also holds before this change
  std::optional<Change> powerpc_since = {};  ///< on powerpc, another change brought the rule

  bool holds_in(KernelVersion version) const;
  /// Returns "6.6 on (stable: 6.1.64, 6.5.13), before 7.0"; empty: all kernels.
  std::string kernels() const;
};

/// Returns all rules, in the order in which files and pages list them.
std::span<const Rule> all_rules();

/// The oldest kernel whose rules are known.
inline constexpr KernelVersion kOldestKernel{4, 5};

}  // namespace cpuhp
