// Run-time registration of states: __cpuhp_setup_state() and its like (facts.md 3.7).
#include <cerrno>

#include "model/machine.hpp"

namespace cpuhp {

int Machine::registration(const Operation&) { return -ENOSYS; }

}  // namespace cpuhp
