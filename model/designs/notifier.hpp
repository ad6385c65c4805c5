// The design before v4.6: the control CPU calls one chain of notifiers sorted by priority, and
// busy-waits for the AP (docs/kernel.md 2). Both directions call the list in the same order, so the
// way down does not mirror the way up.
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
  /// Calls STARTING or DYING on the AP with interrupts off. Results are ignored.
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
