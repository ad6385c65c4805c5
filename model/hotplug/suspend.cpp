// Suspend and resume: freeze_secondary_cpus(), thaw_secondary_cpus() (facts.md 3.13).
#include <cerrno>

#include "model/machine.hpp"

namespace cpuhp {

int Machine::freeze_secondary_cpus(CpuId) { return -ENOSYS; }
void Machine::thaw_secondary_cpus() {}

}  // namespace cpuhp
