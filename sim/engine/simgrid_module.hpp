// What sees SimGrid is a module, libcpuhp_simgrid.so beside the program. It is loaded when a machine
// is simulated: SimGrid and the libraries that it needs take longer to load than most traces to read.
#pragma once

#include <memory>

#include "sim/engine/engine.hpp"
#include "sim/engine/stacks.hpp"

namespace cpuhp {

using MakeStacks = std::unique_ptr<Stacks> (*)(CpuId cpus, Hosts hosts);
using MakePlainEngine = std::unique_ptr<Engine> (*)();

extern "C" {
extern const MakeStacks cpuhp_make_simgrid_stacks;
extern const MakePlainEngine cpuhp_make_plain_engine;
}

}  // namespace cpuhp
