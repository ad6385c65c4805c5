// The fully asynchronous design that the authors of the rework described; no kernel has it. The
// control CPU prepares and kicks each AP without waiting. A worker does the handshakes, all APs
// bring themselves up at the same time, and a dying CPU takes itself down. Deferred work cleans up
// after it (docs/concepts.md says which parts are our choice).
#pragma once

#include <deque>
#include <vector>

#include "model/machine.hpp"

namespace cpuhp {

struct AsyncDesign {
  explicit AsyncDesign(Machine& machine);

  /// Boots all present CPUs. Returns when each of them is online or has failed.
  void boot();
  /// down_together() and up_together() move several CPUs at the same time. The caller holds
  /// cpu_add_remove_lock. They return the first error.
  int down_together(const std::vector<CpuId>& cpus, const Machine::EachResult& each);
  int up_together(const std::vector<CpuId>& cpus, const Machine::EachResult& each);
  int cpu_up(CpuId cpu, StateId target);
  int cpu_down(CpuId cpu, StateId target);
  int up_maps_locked(CpuId cpu, StateId target);
  int down_maps_locked(CpuId cpu, StateId target);

  // --- called by the code that runs on the AP
  void kicked(CpuId cpu);     ///< the CPU is kicked, so an earlier sign of life does not count
  void alive(CpuId cpu);      ///< the AP has reported alive
  void available(CpuId cpu);  ///< the AP is in its idle loop
  void idle_dead(CpuId cpu);  ///< the CPU has left its idle loop for good
  /// Returns the CPU with which an AP synchronises its TSC. This is the next online CPU after the
  /// boot CPU when both are in one socket, because the boot CPU usually has other work, as the
  /// control CPU. Otherwise it is the first online CPU.
  CpuId tsc_partner() const;
  /// Returns an online CPU that is not about to go down: it handles the dying CPUs' interrupts.
  CpuId helper() const { return m_.primary_cpu(stays_); }

 private:
  struct Kicked {
    CpuId cpu;
    Ns deadline;
  };
  void begin(CpuId cpu);
  void end(CpuId cpu);
  void kick_mask(const CpuMask& mask, CpuId* left, bool after_primary);
  int up_locked(CpuId cpu, StateId target);
  int prepare_and_kick(CpuId cpu, StateId target);
  CpuId next_alive() const;
  void wait_for_primary(CpuId cpu);
  void handshake();
  void give_up_late_ones();
  bool may_go_on(CpuId cpu) const;
  void up_fun(CpuId cpu);
  void down_fun(CpuId cpu);
  void take_itself_down(CpuId cpu, StateId back);
  void clean_up(CpuId cpu);
  void finished(CpuId cpu, int result);
  int report(const std::vector<CpuId>& cpus, const Machine::EachResult& each) const;
  void request_down(CpuId cpu, StateId target);

  Machine& m_;
  Completion all_done_;
  /// Alive APs that are not released so far, in the order of their reports.
  std::deque<CpuId> alive_;
  std::deque<Kicked> kicked_;  ///< APs that the worker waits for, in the order of their kicks
  std::uint32_t pending_ = 0;  ///< operations of the transaction that have not finished
  Ns news_{};                  ///< time of the last kick or release
  bool worker_runs_ = false;
  CpuId stays_ = kNoCpu;       ///< during down_together(): CPU of the task that called it
  std::vector<int> results_;   ///< per CPU: result of its last operation
  std::vector<StateId> from_;  ///< per CPU: state to which a failed bring-up returns
};

}  // namespace cpuhp
