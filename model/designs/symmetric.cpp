#include "model/designs/symmetric.hpp"

#include "model/hotplug/boot.hpp"
#include "model/hotplug/down.hpp"
#include "model/hotplug/up.hpp"
#include "model/hotplug/walk.hpp"
#include "model/machine.hpp"

namespace cpuhp {

int SymmetricDesign::cpu_up(CpuId cpu, StateId target) { return cpuhp::cpu_up(m_, cpu, target); }

int SymmetricDesign::cpu_down(CpuId cpu, StateId target) {
  return cpuhp::cpu_down(m_, cpu, target);
}

int SymmetricDesign::down_in_series(CpuId cpu, bool frozen) {
  return frozen ? down_locked(m_, cpu, m_.at.offline) : down_maps_locked(m_, cpu, m_.at.offline);
}

int SymmetricDesign::up_in_series(CpuId cpu) { return up_locked(m_, cpu, m_.at.online); }

void SymmetricDesign::boot() {
  if (!m_.rules.maxcpus_counts_tries) return DesignPort::boot();
  bringup_mask(m_.present, boot_limit(m_), m_.at.online);
}

/// kernel: cpuhp_bringup_mask(). `ncpus` limits the number of CPUs tried, including the boot CPU.
void SymmetricDesign::bringup_mask(const CpuMask& mask, CpuId ncpus, StateId target) {
  if (m_.defect(Defect::BootMaskOffByOne)) --ncpus;
  for (CpuId cpu = mask.first(); cpu != kNoCpu && ncpus > 0; cpu = mask.next(cpu + 1), --ncpus) {
    if (cpu == m_.rt.cpu() || !next_in_boot(m_)) continue;
    if (cpuhp::cpu_up(m_, cpu, target) == 0 || m_.cpus[cpu].state == m_.at.offline) continue;
    // The kicked AP failed to come up, so its PREPARE section is undone. The target is not set to
    // offline: it stays cpu:kick_ap, the state to which the failed bring-up returned.
    if (invoke_callback_range(m_, false, cpu, m_.cpus[cpu], m_.at.offline, false) != 0)
      warn(m_, cpu, "rollback of a kicked CPU failed");
  }
}

/// kernel: cpuhp_bringup_cpus_parallel(). Primary threads come first, because their siblings must
/// be quiescent while a core loads its microcode (18415f33e2ac).
void ParallelDesign::boot() {
  if (!m_.rules.parallel_bringup || !m_.config.cpuhp_parallel) return SymmetricDesign::boot();
  const auto bring_up = [this](const CpuMask& mask, CpuId most) {
    bringup_mask(mask, most, m_.at.kick_ap);
    bringup_mask(mask, most, m_.at.online);
  };
  const CpuId limit = boot_limit(m_);
  const Topology& topology = m_.config.topology;
  if (!m_.rules.primaries_first || !topology.smt()) return bring_up(m_.present, limit);
  CpuMask primaries(topology.nr_cpus()), others(topology.nr_cpus());
  for (CpuId cpu = m_.present.first(); cpu != kNoCpu; cpu = m_.present.next(cpu + 1))
    (topology.is_primary(cpu) ? primaries : others).set(cpu);
  bring_up(primaries, limit);
  CpuId up = 0;  // the run may go on from a state in which some of the others are up
  for (CpuId cpu = m_.core.online.first(); cpu != kNoCpu; cpu = m_.core.online.next(cpu + 1))
    if (!others.test(cpu) || cpu == m_.rt.cpu()) ++up;
  if (up < limit) bring_up(others, limit - up);
}

}  // namespace cpuhp
