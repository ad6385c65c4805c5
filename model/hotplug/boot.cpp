#include "model/hotplug/boot.hpp"

#include <algorithm>
#include <utility>

#include "model/hotplug/callbacks.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

/// kernel: synchronize_srcu() of an initcall. It waits for work on CPUs that were online; work on
/// another CPU waits for that CPU to come.
void wait_for_srcu(Machine& m) {
  if (!m.defect(Defect::WorkForAbsentCpus)) return;
  m.rt.settle(reads(Object::Online));
  for (CpuId cpu = 0; cpu < m.cpus.size(); ++cpu) {
    if (m.cpus[cpu].booted_once) continue;
    Completion work(m.core.name("srcu_invoke_callbacks"), cpu);
    work.wait(m.core, WaitMode::Asleep);
  }
}

}  // namespace

void power_on(Machine& m) {
  const CpuId boot = m.config.boot_cpu;
  CpuRecord& st = m.cpus[boot];
  st.state = m.at.online;
  st.target = m.rules.boot_cpu_target_online ? m.at.online : m.at.offline;
  st.booted_once = true;
  // smp_init() makes the hotplug threads. Before that, registrations call callbacks directly
  // (docs/kernel.md 4.7).
  const bool booted = std::none_of(m.config.operations.begin(), m.config.operations.end(),
                                   [](const Operation& op) { return op.kind == OpKind::Boot; });
  st.has_thread = booted;
  st.thread_parked = st.smpboot_parked = st.dev_offline = false;
  st.threads_made = st.hrtimer_base = true;
  st.sync_state = SyncState::Online;
  m.core.set_online(boot, true);
  m.active.set(boot);
  m.rt.set_active(boot, true);
  m.cpusets.set(boot);
  for (const NameId mask : {m.name.active, m.name.rcu, m.name.cpusets})
    m.core.event(EventKind::MaskSet, boot, {.name = mask});
  for (const Owned what : {Owned::Hrtimers, Owned::Timers, Owned::FunctionCalls})
    own(m, boot, what);
  panic_without_active_cpu(m);
  m.rt.start(boot, Role::Control, 1_ns, [&m] { run_operations(m, 0); });
  begin_readers(m, booted);
}

void bringup_nonboot_cpus(Machine& m) {
  m.core.system_state = SystemState::Booting;
  // After a reboot a new kernel boots, so hotplug is enabled again.
  if (m.suspend.hotplug_disabled != 0) disable_hotplug(m, -m.suspend.hotplug_disabled);
  m.suspend.frozen = CpuMask(m.config.topology.nr_cpus());
  m.cpus[m.config.boot_cpu].has_thread = true;  // cpuhp_threads_init()
  m.operations.boot_work = m.config.boot_work;
  if (boot_limit(m) > 0) m.design->boot();
  m.operations.boot_cpus = m.runner.boot_cpus = 0;
  m.rt.settle(reads(Object::Online));
  // register_cpu() comes after smp_init(), so cpuN/online begins with the online bit as it is now.
  for (CpuId cpu = 0; cpu < m.cpus.size(); ++cpu)
    m.cpus[cpu].dev_offline = !m.core.online.test(cpu);
  m.core.event(EventKind::BootDone, m.config.boot_cpu,
               {.value = static_cast<int>(m.core.online.weight() & 0x7fff)});
}

void finish_boot(Machine& m) {
  wait_for_srcu(m);
  m.rt.work(std::exchange(m.operations.boot_work, {}));
  m.rt.settle(writes(Object::Operations));
  m.core.system_state = SystemState::Running;  // kernel: rcu_end_inkernel_boot()
  m.rt.boot_done();
  if (m.config.boot_work > Ns{}) m.core.event(EventKind::BootWorkDone, m.config.boot_cpu);
}

CpuId boot_limit(const Machine& m) {
  const bool wraps = m.config.max_cpus == 0 && m.defect(Defect::MaxcpusZeroStartsAll);
  return wraps ? kMaxCpus : m.config.max_cpus;
}

}  // namespace cpuhp
