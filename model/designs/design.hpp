// The four designs, and what each makes of a machine's configuration. What a design does in a run is
// behind DesignPort (design_port.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/rows.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

struct MachineConfig;

/// The design of hotplug. It decides which task drives a bring-up, and what the control CPU does
/// while it waits (docs/concepts.md "Four designs on one machine").
enum class Design : std::uint8_t { Notifier, Symmetric, Parallel, Async };
inline constexpr std::array<Named<Design>, 4> kDesigns{{
    {Design::Notifier, "notifier", "up to v4.5: the control CPU runs all callbacks and busy-waits"},
    {Design::Symmetric, "symmetric",
     "v4.6 to v6.4: the state machine; the AP runs its own ONLINE callbacks"},
    {Design::Parallel, "parallel",
     "since v6.5: the control CPU kicks all APs first, then releases them one by one"},
    {Design::Async, "async",
     "the goal that the rework stated in 2016, never built: each AP brings itself up, and no CPU "
     "waits for an AP"},
}};
static_assert(in_order(kDesigns));
inline constexpr auto kDesignNames = names_of(kDesigns);
inline std::string_view to_string(Design d) { return kDesignNames[static_cast<std::size_t>(d)]; }

/// Returns what has to be said beside every figure of the design; empty: nothing.
std::string_view caveat(Design design);

/// effective_table() and effective_rules() return the configured table and rules, changed as the
/// design needs it.
StateTable effective_table(const MachineConfig& config);
Rules effective_rules(const MachineConfig& config);

/// False for the notifier design. It has no state machine, so rules of the state machine do not hold.
bool has_state_machine(Design design);
/// True for the asynchronous design. Many CPUs bring themselves up and take themselves down at the
/// same time, and no enclosing step shows where the walk of such a CPU begins and ends.
bool cpus_move_themselves(Design design);
/// Returns the names that only this design's events have.
std::span<const std::string_view> names_of_design(Design design);

}  // namespace cpuhp
