// Where faults of each kind could strike one CPU of a machine, and why not elsewhere. The list does
// not follow from the candidates of a campaign (candidates.hpp), so that it shows what they miss.
//
//   std::size_t sites = 0;   // which a campaign has to strike
//   for (const SiteCell& cell : site_cells(MachineConfig{}, {FaultKind::Error}))
//     if (cell.impossible.empty()) ++sites;
#pragma once

#include <compare>
#include <string_view>
#include <vector>

#include "model/config.hpp"

namespace cpuhp {

/// The kernel waits this long for a CPU to report that it is alive or dead (docs/kernel.md 5.1). A
/// handshake that is late by less is another site than one that is late by this or more.
inline constexpr Ns kHandshakeWait = 10_s;

/// A place and a kind of fault: the callback of a state in one direction, or a handshake. All its
/// CPUs, instances and n-th times have the same FaultSite.
struct FaultSite {
  FaultKind kind = FaultKind::Error;
  StateId state = -1;  ///< number in the table, or declared_id(); -1: a handshake
  Direction direction = Direction::Up;
  Sleeper sleeper = Sleeper::Any;  ///< whose wake-up, for the kinds that tell one from the other
  bool too_late = false;           ///< the handshake is late by kHandshakeWait or more

  auto operator<=>(const FaultSite&) const = default;
};

/// Returns the site of a fault.
FaultSite site_of(const Fault& fault);
/// Returns a fault that strikes there, on any CPU, the first time.
Fault fault_at(const FaultSite& site);
/// Returns the name of a handshake: "bring-up", "takedown", "wake-up of cpuhp". Empty for the site
/// of a callback.
std::string_view handshake_name(const FaultSite& site);

/// A site, and the reason why no fault can strike there.
struct SiteCell {
  FaultSite site;
  std::string_view impossible;  ///< one sentence; empty: a fault can strike there
};

/// Why no fault of a campaign can strike, apart from the reasons of applies().
enum class Impossible : std::uint8_t {
  NoCallback,
  CoreCallback,
  NoResult,
  Registration,
  NotSetUp,
  NoInstance,
  OneCpu,
  NeverDown,
  NeverPassed,
};
/// Returns the reason in one sentence.
std::string_view to_string(Impossible why);

/// Returns the sites of one CPU: of the callbacks in the table's order, of those of declared
/// states, of the handshakes. Each state that has a callback in one direction has cells for both.
std::vector<SiteCell> site_cells(const MachineConfig& config, const std::vector<FaultKind>& kinds);

/// True for a multi-instance state. `state`: number in the table, or declared_id().
bool is_multi(const MachineConfig& config, StateId state);
/// Returns the numbers of the instances that a state may have in a run; empty: it has none, or is
/// no multi-instance state. `state`: number in the table, or declared_id().
std::vector<InstanceId> instances_in_run(const MachineConfig& config, StateId state);

/// Returns the state of the step that fails, and turns its walk back, when a fault strikes there;
/// -1: no walk turns. After an error of the STARTING section the walk goes on, or stops in the
/// middle. The notifier design has no step for a handshake. `table`: of the machine's blueprint.
StateId turning_state(const FaultSite& site, const StateTable& table, Design design);

}  // namespace cpuhp
