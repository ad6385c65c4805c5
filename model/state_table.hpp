// The state table of one kernel, in kernel order (kernel/cpu.c cpuhp_hp_states[]).
//
//   StateTable table;
//   StateId id = table.find("sched:starting");   // -1: the table has none
//   bool atomic = table.section(id) == Section::Starting;
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/rules.hpp"

namespace cpuhp {

/// Number of a state in its own table. The numbers differ between kernels (docs/kernel.md 4.2).
using StateId = std::int16_t;

/// An instance of a multi-instance state. A state's list of instances begins with the instance
/// added last (docs/kernel.md 4.4).
using InstanceId = std::uint16_t;
inline constexpr InstanceId kNoInstance = 0xffff;

/// Upper limit of states of a table.
inline constexpr int kMaxStates = 4'096;

/// Which task runs a state's callbacks, and in which context (docs/kernel.md 4.2).
enum class Section : std::uint8_t {
  None,      ///< offline and online, without callbacks
  Prepare,   ///< the control CPU; may sleep
  Starting,  ///< the AP itself with interrupts off; must not fail
  Teardown,  ///< cpu:teardown: the control CPU, only on the way down
  Online,    ///< the AP's cpuhp thread
};

/// State::since of a state that is set up after the boot.
inline constexpr std::int64_t kAfterBoot = std::numeric_limits<std::int64_t>::max();

/// One state. An empty symbol means that there is no callback in that direction.
struct State {
  StateId id = 0;
  std::string name;  ///< as in hotplug/states; empty: it has no name there
  Section section = Section::None;
  std::string startup;   ///< symbol of the startup callback
  std::string teardown;  ///< symbol of the teardown callback
  bool multi = false;    ///< multi-instance state
  bool cant_stop = false;
  /// v4.6: the rollback after an error skips this state (docs/kernel.md 3.1).
  bool skip_onerr = false;
  /// No recorded trace shows the callback. Its symbol is invented, or from the catalogue of known
  /// callbacks.
  bool startup_assumed = false;
  bool teardown_assumed = false;
  std::uint16_t instances = 0;  ///< for a multi-instance state: number of instances after boot
  /// When the state is set up, in ns from the end of smp_init(); kAfterBoot: after the boot. No
  /// value: before other CPUs come up. Only the order counts.
  std::optional<std::int64_t> since;
  /// For the notifier design: priority in the chain, higher first (docs/kernel.md 2.5).
  int priority = 0;
  std::string source;  ///< where this line of the table is from

  bool has_callbacks() const { return !startup.empty() || !teardown.empty() || multi; }
  bool operator==(const State&) const = default;
};

/// Numbers of the states that the hotplug core itself uses. `kick_ap` is -1 in tables without
/// cpu:kick_ap (before 6.5, and arm64). There cpu:bringup kicks the AP.
struct Anchors {
  StateId offline = 0;
  StateId threads_prepare = -1;  ///< smpboot_create_threads; -1 when the table has none
  StateId kick_ap = -1;
  StateId bringup = -1;
  StateId idle_dead = -1;
  StateId ap_offline = -1;
  StateId ap_online = -1;
  StateId teardown = -1;
  StateId ap_online_idle = -1;  ///< teardown + 1, unnamed
  StateId sched_active = -1;    ///< -1 in v4.6, which sets the active bit at ap_online_idle
  StateId online = -1;
  // States that the simulator has to know by name; -1 when the table lacks the state.
  StateId smpboot_threads = -1;
  StateId sched_wait_empty = -1;
  StateId hrtimers_prepare = -1;
  StateId hrtimers_dying = -1;
  StateId timers_prepare = -1;
  StateId smpcfd_dying = -1;
  StateId cachectrl = -1;  ///< x86 from 6.6 on: the caches of a starting CPU
  bool operator==(const Anchors&) const = default;
};

/// The ranges from which the kernel itself assigns numbers (docs/kernel.md 4.2).
enum class DynamicRange : std::uint8_t { None, Prepare, Online };

/// A range of numbers, both ends included; empty: last < first.
struct IdRange {
  StateId first = 0;
  StateId last = -1;
  bool contains(StateId id) const { return id >= first && id <= last; }
  bool operator==(const IdRange&) const = default;
};

struct DynamicRanges {
  IdRange prepare;
  IdRange online;
  bool operator==(const DynamicRanges&) const = default;
};

class StateTable {
 public:
  StateTable() = default;
  /// `states` must ascend by number, from `offline` (0) to `online`. Throws std::invalid_argument
  /// when a state that every table needs is missing, or when the states are out of order.
  StateTable(std::string name, std::string kernel, Rules rules, std::vector<State> states);
  /// Like the constructor above, but takes the dynamic ranges instead of computing them.
  StateTable(std::string name, std::string kernel, Rules rules, std::vector<State> states,
             const DynamicRanges& dynamic);

  const std::string& name() const { return name_; }
  const std::string& kernel() const { return kernel_; }
  /// Returns the architecture as in `uname -m`; empty: unknown.
  const std::string& arch() const { return arch_; }
  void set_arch(std::string arch) { arch_ = std::move(arch); }
  /// True for arm64. When the architecture is unknown, true if the table has states that exist only
  /// on arm64.
  bool is_arm64() const;
  const Rules& rules() const { return rules_; }
  const Anchors& anchors() const { return anchors_; }
  StateId max() const { return anchors_.online; }
  bool valid(StateId id) const { return id >= 0 && id <= anchors_.online; }
  /// Returns the entry with that number. Every number from 0 to online has an entry; unused ones
  /// are empty.
  const State& at(StateId id) const { return dense_[static_cast<std::size_t>(id)]; }
  State& at(StateId id) { return dense_[static_cast<std::size_t>(id)]; }
  const std::vector<State>& all() const { return dense_; }
  /// Returns the number of the state with that name in sysfs; -1 when there is none.
  StateId find(std::string_view name) const;

  /// Returns the dynamic ranges: the given ones, or else those computed from the layout of the
  /// kernel's enum (state_table.cpp).
  const DynamicRanges& dynamic() const { return dynamic_; }
  const IdRange& dynamic(DynamicRange range) const {
    return range == DynamicRange::Prepare ? dynamic_.prepare : dynamic_.online;
  }
  /// Returns the range in which this number lies.
  DynamicRange dynamic_range(StateId id) const;
  /// True for the hotplug core's own states, which can't be registered or removed.
  bool is_core(StateId id) const;

  Section section(StateId id) const {
    const Anchors& a = anchors_;
    if (id <= a.offline || id >= a.online) return Section::None;
    if (id <= a.bringup) return Section::Prepare;
    if (id <= a.ap_online) return Section::Starting;
    return id == a.teardown ? Section::Teardown : Section::Online;
  }
  /// True for IDLE_DEAD <= id < AP_ONLINE (kernel: cpuhp_is_atomic_state).
  bool is_atomic(StateId id) const { return id >= anchors_.idle_dead && id < anchors_.ap_online; }
  /// True for states whose callbacks run on the AP (kernel: cpuhp_is_ap_state).
  bool is_ap(StateId id) const { return id > anchors_.bringup && id != anchors_.teardown; }

  /// Adds cpu:kick_ap to a table without it, at the number below cpu:bringup, for the designs that
  /// kick an AP before they enter cpu:bringup. Returns false when that number is in use.
  bool split_startup();
  bool operator==(const StateTable&) const = default;

 private:
  void find_anchors();
  void find_dynamic_ranges();

  std::string name_;
  std::string kernel_;
  std::string arch_;
  Rules rules_;
  std::vector<State> dense_;
  Anchors anchors_;
  DynamicRanges dynamic_;
};

}  // namespace cpuhp
