// The `readers` of a scenario. Internal to the readers of files.
#pragma once

#include <functional>

#include "model/config.hpp"
#include "sim/scenario/json_document.hpp"

namespace cpuhp {

/// Reads the list into MachineConfig::readers. `read_state` reads a state that a driver owns. Throws
/// BadInput.
void read_readers(const JsonRef& list, MachineConfig& config,
                  const std::function<StateId(const JsonRef&)>& read_state);

}  // namespace cpuhp
