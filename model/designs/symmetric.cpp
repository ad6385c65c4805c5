#include "model/designs/symmetric.hpp"

#include "model/machine.hpp"

namespace cpuhp {

int SymmetricDesign::cpu_up(CpuId cpu, StateId target) { return m_.cpu_up(cpu, target); }

int SymmetricDesign::cpu_down(CpuId cpu, StateId target) { return m_.cpu_down(cpu, target); }

int SymmetricDesign::down_in_series(CpuId cpu, bool frozen) {
  return frozen ? m_.down_locked(cpu, m_.at_.offline) : m_.down_maps_locked(cpu, m_.at_.offline);
}

int SymmetricDesign::up_in_series(CpuId cpu) { return m_.up_locked(cpu, m_.at_.online); }

void SymmetricDesign::boot() {
  if (!m_.rules_.maxcpus_counts_tries) return DesignPort::boot();
  bringup_mask(m_.config_.present, m_.boot_limit(), m_.at_.online);
}

/// kernel: cpuhp_bringup_mask(). `ncpus` limits the number of CPUs tried, including the boot CPU.
void SymmetricDesign::bringup_mask(const CpuMask& mask, CpuId ncpus, StateId target) {
  if (m_.defect(Defect::BootMaskOffByOne)) --ncpus;
  for (CpuId cpu = mask.first(); cpu != kNoCpu && ncpus > 0; cpu = mask.next(cpu + 1), --ncpus) {
    if (cpu == m_.core.rt.cpu()) continue;
    if (m_.cpu_up(cpu, target) == 0 || m_.rec(cpu).state == m_.at_.offline) continue;
    // The kicked AP failed to come up, so its PREPARE section is undone. The target is not set to
    // offline: it stays cpu:kick_ap, the state to which the failed bring-up returned.
    if (m_.invoke_callback_range(false, cpu, m_.rec(cpu), m_.at_.offline, false) != 0)
      m_.warn(cpu, "rollback of a kicked CPU failed");
  }
}

/// kernel: cpuhp_bringup_cpus_parallel(). Primary threads come first, because their siblings must
/// be quiescent while a core loads its microcode (18415f33e2ac).
void ParallelDesign::boot() {
  if (!m_.rules_.parallel_bringup || !m_.config_.cpuhp_parallel) return SymmetricDesign::boot();
  const auto bring_up = [this](const CpuMask& mask, CpuId most) {
    bringup_mask(mask, most, m_.at_.kick_ap);
    bringup_mask(mask, most, m_.at_.online);
  };
  const CpuId limit = m_.boot_limit();
  const Topology& topology = m_.config_.topology;
  if (!m_.rules_.primaries_first || !topology.smt()) return bring_up(m_.config_.present, limit);
  CpuMask primaries(topology.nr_cpus()), others(topology.nr_cpus());
  for (CpuId cpu = m_.config_.present.first(); cpu != kNoCpu;
       cpu = m_.config_.present.next(cpu + 1))
    (topology.is_primary(cpu) ? primaries : others).set(cpu);
  bring_up(primaries, limit);
  if (const CpuId up = m_.core.online.weight(); up < limit) bring_up(others, limit - up);
}

}  // namespace cpuhp
