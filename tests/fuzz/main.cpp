// libFuzzer on one target: fuzz TARGET [LIBFUZZER'S ARGUMENTS]. scripts/fuzz is its front.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/fuzz/targets.hpp"

namespace {

const cpuhp::fuzz::Target* target = nullptr;
// libFuzzer starts itself again for some of its work, without an argument of ours.
constexpr const char* kVariable = "CPUHP_FUZZ_TARGET";

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  std::string name;
  if (*argc > 1 && (*argv)[1][0] != '-') {
    name = (*argv)[1];
    for (int i = 1; i < *argc; ++i) (*argv)[i] = (*argv)[i + 1];
    --*argc;
    setenv(kVariable, name.c_str(), 1);
  } else if (const char* inherited = std::getenv(kVariable)) {
    name = inherited;
  }
  target = cpuhp::fuzz::find_target(name);
  if (target == nullptr) {
    std::fprintf(stderr, "fuzz: there is no target \"%s\"; scripts/fuzz --help names them\n",
                 name.c_str());
    std::exit(2);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  target->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
