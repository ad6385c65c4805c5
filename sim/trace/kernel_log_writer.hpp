// Writes the kernel log of a run's bring-ups and takedowns, as `dmesg` prints it. The words are
// those of the table's kernel and architecture. As in a QEMU guest with one thread for each core,
// APIC ids are CPU numbers, and an arm64 CPU is a Cortex-A57.
#pragma once

#include <iosfwd>

#include "model/config.hpp"
#include "model/events.hpp"

namespace cpuhp {

void write_kernel_log(std::ostream& out, const EventStream& stream, const MachineConfig& config);

}  // namespace cpuhp
