// One scenario file under four designs: how long until all CPUs are online?
//
//   four_designs [SCENARIO] [--set's value]...
#include <cpuhp/cpuhp.hpp>
#include <cstdio>

namespace hp = cpuhp::api;

int main(int argc, char** argv) {
  try {
    for (const char* design : {"notifier", "symmetric", "parallel", "async"}) {
      auto scenario = hp::Scenario::load(argc > 1 ? argv[1] : "scenarios/boot-8-cpus.json");
      for (int i = 2; i < argc; ++i) scenario.set(argv[i]);
      const hp::Run run = scenario.set(std::string("/design=") + design).run();
      std::printf("%-10s %8.3f ms, %u of %u CPUs online, digest %s\n", run.design.c_str(),
                  static_cast<double>(run.bringup_ns) / 1e6, run.online, run.cpus,
                  run.digest.c_str());
      if (!run.ok()) return 1;
    }
  } catch (const hp::Error& error) {
    std::fprintf(stderr, "four_designs: %s\n", error.what());
    return 2;
  }
}
