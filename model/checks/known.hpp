// Names and facts of a state table. The checks look them up once for many streams.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/events.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

/// The kinds of work that a dying CPU must hand over to other CPUs.
inline constexpr std::array<std::string_view, 3> kMoved{"hrtimers", "timers", "function calls"};

/// Numbers of the names in one stream; 0: the stream lacks the name.
struct KnownNames {
  NameId online = 0, active = 0, dying = 0, cpusets = 0, rcu = 0, run_queues = 0, idle_mm = 0;
  NameId done_up = 0, done_down = 0, alive = 0, dead = 0;
  NameId cpuhp = 0, smpboot = 0, stopper = 0;
  NameId hotplug_lock = 0, state_mutex = 0;
  NameId kick_work = 0, fail = 0;
  NameId rcu_sync = 0, rcu_expedited = 0;
  NameId boot = 0, shutdown = 0, up = 0, down = 0, write = 0, suspend = 0, resume = 0;
  NameId setup = 0, add_instance = 0, remove_instance = 0;
  std::array<NameId, kMoved.size()> moved{};

  /// Looks up the names whose numbers are still 0.
  void look_up(const Names& names);
};

/// One bit for each state of a table.
using StateBits = std::vector<std::uint64_t>;

struct Known {
  KnownNames names;
  /// By state: name of its startup, or one of the two constants below.
  std::vector<NameId> startup;
  static constexpr NameId kByTarget = 0xfffffffe;  ///< startup and teardown are the same function
  static constexpr NameId kNowhere = 0xffffffff;   ///< the stream has no such name
  std::vector<char> named;                         ///< by state: 1 when it has a name
  StateBits paired;  ///< states with a startup and a teardown, except the hotplug core's own
};

Known known_to_checks(const Names& names, const StateTable& table);

}  // namespace cpuhp
