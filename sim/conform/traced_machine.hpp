// The machine of a trace that does not say what machine it is of: a plain trace file.
#pragma once

#include <string>
#include <vector>

#include "sim/trace/import_evidence.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

/// Returns the recording that a power-on is from, with a machine and with the operations that the
/// trace shows. `machine`: a recording with #MACHINE, or the output of
/// `grep . /sys/devices/system/cpu/cpu*/topology/*`; empty: none. Then a machine without #MACHINE
/// has one socket, with a core for each traced CPU, and `warnings` says so. Throws BadInput.
Recording recording_of(const PowerOn& on, const std::string& machine,
                       std::vector<std::string>& warnings);

}  // namespace cpuhp
