// Collects what traces and recordings show about the states of one kernel. Internal to `import`,
// which makes the table from this.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/costs.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

/// The contents of hotplug/states. They are checked: numbers ascend, offline is first, online is
/// last, and the hotplug core's states are in the right order.
struct StateList {
  std::string file;
  std::vector<NamedState> states;
  /// Numbers of the hotplug core's states, from read_states(). Only `kick_ap` may be missing (-1).
  std::int16_t kick_ap = -1, bringup = -1, ap_online = -1, online = -1;

  std::int16_t teardown() const { return static_cast<std::int16_t>(ap_online + 1); }
  /// True from idle:dead to the last STARTING state: a CPU does not stop between them.
  bool is_atomic(std::int64_t id) const { return id > bringup && id < ap_online; }
  const NamedState* find(std::string_view name) const;
  const NamedState* find(int id) const;
  /// Returns the number of the state with that name; -1 when there is none.
  std::int16_t id(std::string_view name) const;
};

/// Throws BadInput.
StateList read_states(const std::string& path);

using Samples = std::vector<std::int64_t>;  ///< durations in ns

struct StateEvidence {
  struct Callback {
    std::string symbol;  ///< name in the trace
    std::string file;
    std::uint32_t line = 0;
    bool function_traced = false;  ///< seen by the function tracer
    bool installed = false;        ///< called only when the state was set up or removed
    int instances = 0;             ///< number of instances called on one way up or down
    Samples ns;                    ///< durations of successful calls
  };
  std::array<Callback, 2> run;  ///< by Direction
  bool multi = false;
  bool fail_accepted = false;  ///< `fail` accepted a write of this state
  /// `fail` refused this state with EINVAL, and only a lack of callbacks explains this
  bool fail_refused = false;
  /// By Direction: whether a CPU whose `fail` was armed with this state stopped at it.
  std::array<std::optional<bool>, 2> fail_hit;
  bool target_accepted = false;
  bool target_refused = false;
};

/// Rules that recordings may show (model/rules.hpp); no value: not shown.
struct RuleEvidence {
  std::optional<bool> decrement_first, control_decrements_late, empty_states_called,
      down_via_kworker, last_housekeeping_busy, equal_target_noop, boot_cpu_target_online,
      fail_limits, parallel_bringup, primaries_first, smt_forceoff_first, absent_cpus_ignored,
      true_false_words;
};

struct Evidence {
  std::map<int, StateEvidence> states;
  std::array<bool, 2> full_walk{};  ///< a trace after the boot shows a CPU's way through all states
  RuleEvidence rules;
  std::map<std::string, Samples> phases;  ///< by name of model/costs.hpp
  /// durations of the phase "unattributed" from the AP's release in cpu:bringup, not from its kick
  Samples released;
  Samples bringup_own;  ///< times from the enter of cpu:bringup to the log line about the kick
  std::size_t events = 0;
  std::size_t split = 0;  ///< number of bring-ups that lines of the kernel log divide into phases
  std::string kernel, arch;
  bool emulated = false;
  bool measured = false;
};

/// Collects the evidence of recordings, given by their paths. `log`: lines of a kernel log with the
/// clock of the traces. Throws BadInput when a recording does not fit the states.
Evidence collect_evidence(const StateList& states, std::vector<KernelLine> log,
                          const std::vector<std::string>& traces);

/// Returns the lines of `dmesg`. Throws BadInput when no line has a time stamp.
std::vector<KernelLine> read_dmesg(const std::string& path);

}  // namespace cpuhp
