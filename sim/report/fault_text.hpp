// A fault in words.
//
//   fault_text(fault, config);     // "error (-ENOMEM) in workqueue:online of CPU 3, up, 2nd time"
#pragma once

#include <string>

#include "model/config.hpp"

namespace cpuhp {

std::string fault_text(const Fault& fault, const MachineConfig& config);

}  // namespace cpuhp
