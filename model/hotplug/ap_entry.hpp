// What the AP does from its first instruction to its idle loop: start_secondary(),
// notify_cpu_starting(), cpuhp_online_idle(). While an AP waits for its release by the control CPU,
// the simulator has no task for it.
#pragma once

#include <cstdint>

#include "model/runtime.hpp"

namespace cpuhp {

struct Machine;

/// The AP reports that it is alive (kernel: cpuhp_ap_sync_alive; before 6.5 cpu_initialized_mask).
/// `generation`: which start of the AP this is.
void ap_alive(Machine& m, CpuId cpu, std::uint32_t generation);
/// Returns Waits::Never when the AP only spends CPU time, and waits for nothing, until it reports
/// alive.
Waits ap_alive_waits(const Machine& m);
/// Lets an AP that has reported alive continue, by SHOULD_ONLINE or the callout bit.
void release_ap(Machine& m, CpuId cpu);
/// Sets the AP's online bit. Returns false when a fault keeps the bit clear.
bool set_cpu_online(Machine& m, CpuId cpu);
/// Takes the AP from its online bit to its idle loop. DesignPort::come_online() calls this as the
/// task's last action: many APs may wait there at the same time, and none of them needs a stack.
void ap_online(Machine& m, CpuId cpu);

}  // namespace cpuhp
