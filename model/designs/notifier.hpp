// The design before v4.6: the control CPU calls one chain of notifiers sorted by priority, and
// busy-waits for the AP (docs/kernel.md 2). Both directions call the chain in the same order, so a
// takedown does not mirror a bring-up.
#pragma once

#include <vector>

#include "model/designs/design_port.hpp"

namespace cpuhp {

class NotifierDesign final : public SerialDesign {
 public:
  using SerialDesign::SerialDesign;
  /// kernel: _cpu_up() of v4.5. Brings the CPU fully online, and ignores the target.
  int cpu_up(CpuId cpu, StateId target) override;
  /// kernel: _cpu_down() of v4.5.
  int cpu_down(CpuId cpu, StateId target) override;
  bool has_states() const override { return false; }
  /// Calls STARTING or DYING on the AP with interrupts off. Results are ignored.
  void atomic_callbacks(CpuId cpu, bool up) override;
  StateId enter_idle(CpuId cpu) override;
  void available(CpuId cpu) override;
  bool control_is_late() const override { return false; }
  void deactivated(CpuId) override {}
  void report_idle_dead(CpuId cpu, bool completed) override;

 private:
  int down_in_series(CpuId cpu, bool frozen) override;
  int up_in_series(CpuId cpu) override;
  int up_locked(CpuId cpu);
  int down_locked(CpuId cpu);
  int takedown(CpuId cpu);
  void dead_chain(CpuId cpu);
  int notify(CpuId cpu, Section section, bool up, std::size_t* called);
  void undo(CpuId cpu, Section section, bool up, std::size_t called);
  int invoke(CpuId cpu, StateId state, bool up);
  const std::vector<StateId>& chain(Section section, bool up) const;
};

/// Sets Blueprint::chains. The design has no registration, so they never change, and the states
/// that only a registration would install are not there.
void add_chains(Blueprint& blueprint, const std::vector<StateId>& uninstalled);

}  // namespace cpuhp
