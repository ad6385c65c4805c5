#include "model/checks/watch/smt.hpp"

namespace cpuhp {

bool SmtWatch::core_offline(CpuId cpu) const {
  const std::vector<std::uint32_t>& core = judged().core_of;
  if (cpu >= core.size()) return false;
  for (CpuId other = 0; other < core.size(); ++other)
    if (core[other] == core[cpu] && scene().cpu(other).online) return false;
  return true;
}

void SmtWatch::find_core(const Event& kick) {
  find("smt", "2066f00e5b2d", kick, "smt/control",
       "a write to smt/control starts " + cpu_text(kick.cpu) +
           ", although no CPU of its core is online");
}

}  // namespace cpuhp
