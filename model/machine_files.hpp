// Files with which somebody takes CPUs away from a machine and gives them back. Which of them there
// are depends on the architecture and on what the machine runs on.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

#include "model/rows.hpp"

namespace cpuhp {

enum class MachineFile : std::uint8_t { Configure, Rescan, Dispatching, Dlpar, Probe };
inline constexpr std::size_t kMachineFiles = static_cast<std::size_t>(MachineFile::Probe) + 1;
inline constexpr std::array<Named<MachineFile>, kMachineFiles> kMachineFileRows{{
    {MachineFile::Configure, "configure",
     "cpuN/configure of s390: 0 gives the CPU back to the firmware, 1 asks for it."},
    {MachineFile::Rescan, "rescan", "`rescan` of s390: looks for CPUs that were added."},
    {MachineFile::Dispatching, "dispatching",
     "`dispatching` of s390: how the firmware distributes its CPUs."},
    {MachineFile::Dlpar, "dlpar",
     "/sys/kernel/dlpar of powerpc: `cpu remove index N`, `cpu add index N`."},
    {MachineFile::Probe, "probe", "`probe` and `release` of powerpc."},
}};
static_assert(in_order(kMachineFileRows));

/// The files that a machine has.
using MachineFiles = std::bitset<kMachineFiles>;

}  // namespace cpuhp
