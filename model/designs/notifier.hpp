// The design before v4.6: the control CPU calls one chain of notifiers sorted by priority, and
// busy-waits for the AP (docs/kernel.md 2). Both directions call the chain in the same order, so a
// takedown does not mirror a bring-up.
#pragma once

#include <vector>

#include "model/machine.hpp"

namespace cpuhp {

struct NotifierDesign {
  Machine& m;

  /// v4.5 _cpu_up(). Returns 0 or -errno.
  int cpu_up(CpuId cpu);
  /// v4.5 _cpu_down().
  int cpu_down(CpuId cpu);
  /// The parts of cpu_up() and cpu_down() that run under cpu_add_remove_lock, which the caller
  /// holds.
  int up_maps_locked(CpuId cpu);
  int down_maps_locked(CpuId cpu);
  /// Calls the STARTING or DYING notifiers on the AP with interrupts off, and ignores their
  /// results.
  void atomic_chain(CpuId cpu, bool up);

 private:
  int up_locked(CpuId cpu);
  int down_locked(CpuId cpu);
  int takedown(CpuId cpu);
  void dead_chain(CpuId cpu);
  int notify(CpuId cpu, Section section, bool up, std::size_t* called);
  void undo(CpuId cpu, Section section, bool up, std::size_t called);
  int invoke(CpuId cpu, StateId state, bool up);
  const std::vector<StateId>& chain(Section section, bool up) const;
};

}  // namespace cpuhp
