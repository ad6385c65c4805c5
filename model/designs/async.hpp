// The fully asynchronous design that the rework stated as its goal in 2016. It was never built. The
// control CPU prepares and kicks each AP without waiting. A worker does the handshakes, all APs
// bring themselves up at the same time, and a dying CPU takes itself down. Deferred work cleans up
// after it (docs/concepts.md says which parts are our choice).
#pragma once

#include <list>
#include <vector>

#include "model/designs/design_port.hpp"
#include "model/locking.hpp"

namespace cpuhp {

/// The state of the asynchronous design in a run.
struct AsyncState {
  struct Kicked {
    CpuId cpu = kNoCpu;
    Ns deadline{};
    bool operator==(const Kicked&) const = default;
  };
  Completion all_done;
  /// Alive APs that are not released so far, in the order of their reports.
  std::list<CpuId> alive;
  std::list<Kicked> kicked;   ///< APs that the worker waits for, in the order of their kicks
  std::uint32_t pending = 0;  ///< operations of the transaction that have not finished
  Ns news{};                  ///< time of the last kick or release
  bool worker_runs = false;
  CpuId stays = kNoCpu;       ///< during series_down(): CPU of the task that called it
  std::vector<int> results;   ///< per CPU: result of its last operation
  std::vector<StateId> from;  ///< per CPU: state to which a failed bring-up returns
  bool operator==(const AsyncState&) const = default;
};

class AsyncDesign final : public DesignPort {
 public:
  explicit AsyncDesign(Machine& machine);

  /// Boots all present CPUs. Returns when each of them is online or has failed. What follows in
  /// the boot begins as soon as the last one is kicked: that is what this design would change.
  void boot() override;
  int cpu_up(CpuId cpu, StateId target) override;
  int cpu_down(CpuId cpu, StateId target) override;
  /// series_down() and series_up() move all CPUs in one transaction, and return the first error.
  int series_down(const std::vector<CpuId>& cpus, bool frozen, const EachResult& each) override;
  int series_up(const std::vector<CpuId>& cpus, bool frozen, const EachResult& each) override;

  void kicked(CpuId cpu) override;
  void alive(CpuId cpu) override;
  /// Returns the next online CPU after the boot CPU if both are in one socket, else the first
  /// online CPU. The boot CPU is usually busy, because it is the control CPU.
  CpuId tsc_partner() const override;
  /// APs come online in parallel, and each takes the sparse-irq lock itself. So APs that call this
  /// function at the same time continue one by one, in a fixed order.
  void come_online(CpuId cpu) override;
  bool set_online(CpuId cpu) override;
  void idle_goes_on(CpuId cpu) override;
  bool control_is_late() const override { return false; }
  bool control_waits() const override { return false; }
  /// Several CPUs may go down at the same time. Returns an online CPU that is not one of them.
  CpuId helper() const override;
  void idle_dead(CpuId cpu) override;
};

}  // namespace cpuhp
