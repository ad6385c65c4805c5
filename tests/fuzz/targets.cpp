#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <array>

namespace cpuhp::fuzz {
namespace {

constexpr std::array kTargets{
    Target{"scenario", "scenario files", "scenarios", "json", 8'192, fuzz_scenario},
    Target{"set", "--set overrides of a scenario", "sets", "json", 512, fuzz_set},
    Target{"table", "state tables", "tables", "json", 4'096, fuzz_table},
    Target{"costs", "cost profiles", "costs", "json", 4'096, fuzz_costs},
    Target{"published", "published figures", "published", "json", 4'096, fuzz_published},
    Target{"campaign", "a campaign's file, resumed and merged", "campaigns", "json", 4'096,
           fuzz_campaign},
    Target{"cpulist", "CPU lists", "cpulists", "", 256, fuzz_cpulist},
    Target{"cmdline", "the kernel's command line", "cmdlines", "cmdline", 512, fuzz_cmdline},
    Target{"session", "session files", "sessions", "session", 4'096, fuzz_session},
    Target{"ftrace", "ftrace text", "traces", "trace", 8'192, fuzz_ftrace},
    Target{"trace.dat", "trace.dat, read and checked", "trace-dats", "dat", 32'768, fuzz_trace_dat},
    Target{"recording", "recordings", "recordings", "trace", 8'192, fuzz_recording},
    Target{"states", "hotplug/states", "states", "trace", 4'096, fuzz_states},
    Target{"dmesg", "kernel logs", "dmesgs", "trace", 4'096, fuzz_dmesg},
    Target{"import", "import of a recording", "recordings", "trace", 8'192, fuzz_import},
    Target{"check", "check of a trace", "traces", "trace", 8'192, fuzz_check},
    Target{"explain", "explain of a trace", "traces", "trace", 8'192, fuzz_explain},
    Target{"diff", "diff of two traces", "traces", "trace", 8'192, fuzz_diff},
    Target{"run", "run of a small scenario", "scenarios", "json", 4'096, fuzz_run},
    Target{"conform", "conform of a small recording", "recordings", "trace", 8'192, fuzz_conform},
};

}  // namespace

std::span<const Target> all_targets() { return kTargets; }

const Target* find_target(std::string_view name) {
  const auto found = std::ranges::find(kTargets, name, &Target::name);
  return found == kTargets.end() ? nullptr : &*found;
}

}  // namespace cpuhp::fuzz
