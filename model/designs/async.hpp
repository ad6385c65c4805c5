// The fully asynchronous design that the authors of the rework described and no kernel has: the
// control CPU prepares and kicks, and goes on; a worker does the handshake; each AP brings itself
// up, all at once; a dying CPU takes itself down, and what is left of it is cleaned up by deferred
// work (docs/concepts.md says what is our choice).
#pragma once

#include <deque>
#include <vector>

#include "model/machine.hpp"

namespace cpuhp {

struct AsyncDesign {
  explicit AsyncDesign(Machine& machine);

  /// All present CPUs; returns when the last one is online or has failed.
  void boot();
  /// Several CPUs as one transaction of somebody who holds cpu_add_remove_lock; returns the first
  /// error.
  int down_together(const std::vector<CpuId>& cpus, const Machine::EachResult& each);
  int up_together(const std::vector<CpuId>& cpus, const Machine::EachResult& each);
  int cpu_up(CpuId cpu, StateId target);
  int cpu_down(CpuId cpu, StateId target);
  int up_maps_locked(CpuId cpu, StateId target);
  int down_maps_locked(CpuId cpu, StateId target);

  // --- called by the AP's own code
  void kicked(CpuId cpu);     ///< a kick makes an earlier sign of life void
  void alive(CpuId cpu);      ///< it reported its first sign of life
  void available(CpuId cpu);  ///< it is in its idle loop
  void idle_dead(CpuId cpu);  ///< it has left its idle loop for good
  /// The CPU that takes part in a TSC synchronisation: not the control CPU, if there is another one
  /// in its socket.
  CpuId tsc_partner() const;
  /// One that is online and not about to go: takes the dying CPUs' interrupts.
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
  std::deque<CpuId> alive_;    ///< alive, not yet released, in order of their sign of life
  std::deque<Kicked> kicked_;  ///< waited for, in order of their kicks
  std::uint32_t pending_ = 0;  ///< operations of the transaction that have not finished
  Ns news_{};                  ///< when a CPU was last kicked or released
  bool worker_runs_ = false;
  CpuId stays_ = kNoCpu;       ///< of a series of takedowns: the asking task's CPU
  std::vector<int> results_;   ///< per CPU, of its last operation
  std::vector<StateId> from_;  ///< per CPU: where a bring-up that fails returns to
};

}  // namespace cpuhp
