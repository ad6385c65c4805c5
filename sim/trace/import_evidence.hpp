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

#include "sim/trace/bringup_evidence.hpp"
#include "sim/trace/recording.hpp"
#include "sim/trace/state_list.hpp"

namespace cpuhp {

struct StateEvidence {
  struct Callback {
    std::string symbol;  ///< name in the trace
    std::string file;
    std::uint32_t line = 0;
    bool function_traced = false;  ///< seen by the function tracer
    bool installed = false;        ///< called only when the state was set up or removed
    int instances = 0;             ///< number of instances called on one way up or down
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
  /// The function tracer shows whether a dying CPU reports its death (HOTPLUG_CORE_SYNC_DEAD).
  std::optional<bool> reports_dead;
};

/// A callback that a registration calls for a CPU.
struct SetupCall {
  CpuId cpu = kNoCpu;
  std::uint32_t occurrence = 0;  ///< as RecordedWalk::occurrence, of the CPU's last way
  Direction way = Direction::Up;
  StateId state = -1;
  std::uint16_t nth = 0;
  Ns took{};
};

/// What the traces show of a machine between power-on and power-off.
struct PowerOn {
  std::string file;
  std::optional<RecordedMachine> machine;
  std::vector<RecordedWalk> walks;
  std::vector<SetupCall> setups;
  std::optional<Ftrace> boot;    ///< the trace with the boot
  std::optional<Design> design;  ///< which the kernel ran, if the boot shows it
};

struct Evidence {
  std::map<int, StateEvidence> states;
  std::array<bool, 2> full_walk{};  ///< a trace after the boot shows a CPU's way through all states
  RuleEvidence rules;
  std::vector<PowerOn> power_ons;
  std::size_t events = 0;
  std::size_t split = 0;         ///< number of bring-ups that lines of the kernel log divide
  bool log_starts_cpus = false;  ///< the kernel log has lines about CPUs that start
  std::string kernel, arch;
  bool emulated = false;
};

/// Collects the evidence of recordings, given by their paths. `log`: lines of a kernel log with the
/// clock of the traces. Throws BadInput when a recording does not fit the states.
Evidence collect_evidence(const StateList& states, std::vector<KernelLine> log,
                          const std::vector<std::string>& traces);

/// Returns the lines of `dmesg`. Throws BadInput when no line has a time stamp.
std::vector<KernelLine> read_dmesg(const std::string& path);

}  // namespace cpuhp
