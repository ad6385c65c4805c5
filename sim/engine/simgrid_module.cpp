#include "sim/engine/simgrid_module.hpp"

#include <dlfcn.h>

#include <string>

#include "sim/error.hpp"

namespace cpuhp {
namespace {

/// The file is missing where somebody has copied the program alone.
[[noreturn]] void fail() {
  throw BadInput{std::string("cannot load SimGrid: ") + ::dlerror() +
                 "; libcpuhp_simgrid.so must stand in the folder of cpuhp-sim, or where cmake "
                 "--install puts it"};
}

/// Returns what the module, which is never unloaded, has by that name.
template <typename T>
const T& simgrid(const char* name) {
  static void* const module = ::dlopen("libcpuhp_simgrid.so", RTLD_LAZY);
  if (module == nullptr) fail();
  void* const found = ::dlsym(module, name);
  if (found == nullptr) fail();
  return *static_cast<const T*>(found);
}

}  // namespace

void load_simgrid() { simgrid<MakeStacks>("cpuhp_make_simgrid_stacks"); }

std::unique_ptr<Stacks> make_simgrid_stacks(CpuId cpus, Hosts hosts) {
  return simgrid<MakeStacks>("cpuhp_make_simgrid_stacks")(cpus, hosts);
}

std::unique_ptr<Engine> make_plain_engine() {
  return simgrid<MakePlainEngine>("cpuhp_make_plain_engine")();
}

}  // namespace cpuhp
