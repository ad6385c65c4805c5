#include "model/checks/watch/kexec.hpp"

namespace cpuhp {

void KexecWatch::see(On<EventKind::OpBegin>, const Event& e) {
  wakes_ = scene().running() == 0 && e.name == names().shutdown && e.ret == 1;
  failed_ = false;
  for (CpuId cpu = 0; wakes_ && cpu < scene().cpus(); ++cpu) cpus_[cpu] = scene().cpu(cpu).online;
}

void KexecWatch::see(On<EventKind::OpEnd>, const Event& e) {
  if (!std::exchange(wakes_, false) || failed_) return;
  for (CpuId cpu = present_.first(); cpu != kNoCpu; cpu = present_.next(cpu + 1)) {
    if (cpus_.get(cpu) != 0) continue;
    find("kexec", "arch/powerpc/kexec/core_64.c, wake_offline_cpus(); c2296a1e4241", e, "shutdown",
         "the kexec begins, but " + cpu_text(cpu) + " is present and was not brought up for it");
    found_.back().cpu = cpu;
  }
}

}  // namespace cpuhp
