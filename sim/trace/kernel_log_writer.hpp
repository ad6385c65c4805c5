// Writes what the kernel would log of a run's bring-ups and takedowns, as `dmesg` prints it.
//
//   write_kernel_log(out, stream, config);
//
//   [    0.000000] smp: Bringing up secondary CPUs ...
//   [    0.000012] x86: Booting SMP configuration:
//   [    0.000012] .... node  #0, CPUs:      #1 #2 #3
//   [    0.003606] smp: Brought up 1 node, 4 CPUs
//   [    3.104218] smpboot: CPU 3 is now offline
//
// The words are those of the table's kernel and architecture. APIC ids are the CPUs' numbers, as in
// a guest of QEMU with a thread a core; an arm64 CPU is a Cortex-A57 there.
#pragma once

#include <iosfwd>

#include "model/config.hpp"
#include "model/events.hpp"

namespace cpuhp {

void write_kernel_log(std::ostream& out, const EventStream& stream, const MachineConfig& config);

}  // namespace cpuhp
