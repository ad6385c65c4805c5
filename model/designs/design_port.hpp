// The questions that the state machine of hotplug/ asks a design: which CPU does what in a bring-up
// and a takedown (docs/concepts.md "Four designs on one machine"). Each design has a file here.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "model/cpumask.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

struct Machine;

class DesignPort {
 public:
  explicit DesignPort(Machine& machine) : m_(machine) {}
  virtual ~DesignPort() = default;
  DesignPort(const DesignPort&) = delete;
  DesignPort& operator=(const DesignPort&) = delete;

  // --- operations. They return 0 or -errno.
  /// Boots the present CPUs, at most boot_limit() of them. By default one after the other.
  virtual void boot();
  virtual int cpu_up(CpuId cpu, StateId target) = 0;
  virtual int cpu_down(CpuId cpu, StateId target) = 0;
  /// Moves several CPUs, until one is refused. The caller holds cpu_add_remove_lock. `each` gets
  /// the result of each CPU. `frozen`: for a suspend, which may take CPUs down while hotplug is
  /// disabled, and after which the other CPUs come up even if one fails.
  using EachResult = std::function<void(CpuId, int)>;
  virtual int series_down(const std::vector<CpuId>& cpus, bool frozen, const EachResult& each) = 0;
  virtual int series_up(const std::vector<CpuId>& cpus, bool frozen, const EachResult& each) = 0;
  /// True when the CPUs have states that hotplug/ in sysfs shows.
  virtual bool has_states() const { return true; }

  // --- the booting AP
  virtual void kicked(CpuId) {}  ///< an earlier sign of life of the AP does not count any more
  virtual void alive(CpuId) {}   ///< the AP has reported alive
  /// Calls the STARTING callbacks of a booting AP, or the DYING callbacks of a dying CPU.
  virtual void atomic_callbacks(CpuId cpu, bool up);
  /// Returns the online CPU with which an AP synchronises its TSC.
  virtual CpuId tsc_partner() const;
  /// Calls ap_online() once the simulation of every other CPU has reached the AP's time.
  virtual void come_online(CpuId cpu);
  /// Sets the AP's online bit. Returns false when a fault keeps the bit clear.
  virtual bool set_online(CpuId cpu);
  /// Sets the state of an AP that enters its idle loop. Returns the state to which the AP goes.
  virtual StateId enter_idle(CpuId cpu);
  /// Called when the AP has reached its idle loop, so its own kernel threads may run.
  virtual void available(CpuId cpu);
  /// Continues the bring-up of an AP that is in its idle loop, or signals the task that does so.
  virtual void idle_goes_on(CpuId cpu);

  // --- the dying CPU
  /// True when the control CPU writes the state after the callback, so that take_cpu_down() runs
  /// before the state is written.
  virtual bool control_is_late() const;
  /// True when a task of the control CPU waits for the dying CPU's report.
  virtual bool control_waits() const { return true; }
  /// Called in the teardown of sched:active, after the CPU has become inactive.
  virtual void deactivated(CpuId cpu);
  /// Reports to another CPU that the dying CPU has reached idle:dead. `completed`: a defect has
  /// done this already.
  virtual void report_idle_dead(CpuId cpu, bool completed);
  /// Returns the online CPU that handles the interrupt by which a dying CPU reports.
  virtual CpuId helper() const;
  /// Called in the handler of the interrupt by which a dying CPU reports.
  virtual void idle_dead(CpuId cpu);

 protected:
  Machine& m_;
};

/// A design that moves the CPUs of a series one after the other.
class SerialDesign : public DesignPort {
 public:
  using DesignPort::DesignPort;
  int series_down(const std::vector<CpuId>& cpus, bool frozen, const EachResult& each) final;
  int series_up(const std::vector<CpuId>& cpus, bool frozen, const EachResult& each) final;

 private:
  /// Moves one CPU of the series.
  virtual int down_in_series(CpuId cpu, bool frozen) = 0;
  virtual int up_in_series(CpuId cpu) = 0;
};

/// Makes the port of the machine's design. The members that designs read must be set already.
std::unique_ptr<DesignPort> make_design(Machine& machine);

}  // namespace cpuhp
