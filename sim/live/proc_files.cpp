#include "sim/live/proc_files.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iterator>

namespace cpuhp {
namespace {

constexpr std::int64_t kTicksInSecond = 100;  // USER_HZ
constexpr std::int64_t kNsInTick = 10'000'000;

template <typename F>
void for_each(const CpuMask& mask, F f) {
  for (CpuId cpu = mask.first(); cpu != kNoCpu; cpu = mask.next(cpu + 1)) f(cpu);
}

std::string cpuinfo(const Machine& machine, const MachineConfig& config) {
  const Topology& t = config.topology;
  fmt::memory_buffer text;
  for_each(machine.core.online, [&](CpuId cpu) {
    CpuId siblings = 0, cores = 0;
    for_each(machine.core.online, [&](CpuId other) {
      if (!t.same_socket(cpu, other)) return;
      ++siblings;
      if (t.is_primary(other)) ++cores;
    });
    const CpuPlace& place = t.place(cpu);
    fmt::format_to(std::back_inserter(text),
                   "processor\t: {}\n"
                   "vendor_id\t: cpuhp-sim\n"
                   "cpu family\t: 6\n"
                   "model\t\t: 1\n"
                   "model name\t: simulated CPU ({}, {})\n"
                   "stepping\t: 1\n"
                   "cpu MHz\t\t: 1000.000\n"
                   "cache size\t: 32768 KB\n"
                   "physical id\t: {}\n"
                   "siblings\t: {}\n"
                   "core id\t\t: {}\n"
                   "cpu cores\t: {}\n"
                   "apicid\t\t: {}\n"
                   "fpu\t\t: yes\n"
                   "flags\t\t: fpu lm hypervisor\n"
                   "bogomips\t: 2000.00\n\n",
                   cpu, config.table.name(), to_string(config.design), place.socket, siblings,
                   place.core, std::max<CpuId>(cores, 1), cpu);
  });
  return fmt::to_string(text);
}

std::string interrupts(const Machine& machine, std::uint64_t samples) {
  fmt::memory_buffer text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "    ");
  for_each(machine.core.online,
           [&](CpuId cpu) { fmt::format_to(out, " {:>10}", fmt::format("CPU{}", cpu)); });
  fmt::format_to(out, "\n");
  for (const auto& [name, what] :
       {std::pair("LOC", "Local timer interrupts"), std::pair("RES", "Rescheduling interrupts"),
        std::pair("CAL", "Function call interrupts")}) {
    fmt::format_to(out, "{:>4}:", name);
    for_each(machine.core.online, [&](CpuId) { fmt::format_to(out, " {:10}", samples); });
    fmt::format_to(out, "   {}\n", what);
  }
  return fmt::to_string(text);
}

/// Returns proc/stat. All time is idle time, as no user's program runs on the simulated CPUs.
std::string stat(const Machine& machine, Ns now, std::uint64_t samples) {
  const std::int64_t ticks =
      now.v / kNsInTick + static_cast<std::int64_t>(samples) * kTicksInSecond;
  fmt::memory_buffer text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "cpu  0 0 0 {} 0 0 0 0 0 0\n", ticks * machine.core.online.weight());
  for_each(machine.core.online,
           [&](CpuId cpu) { fmt::format_to(out, "cpu{} 0 0 0 {} 0 0 0 0 0 0\n", cpu, ticks); });
  fmt::format_to(out,
                 "intr {0}\nctxt {0}\nbtime 0\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n"
                 "softirq 0 0 0 0 0 0 0 0 0 0 0\n",
                 samples);
  return fmt::to_string(text);
}

}  // namespace

bool is_proc_file(std::string_view name) {
  return std::find(kProcFiles.begin(), kProcFiles.end(), name) != kProcFiles.end();
}

std::string proc_file(std::string_view name, const Machine& machine, const MachineConfig& config,
                      Ns now, std::uint64_t& samples) {
  if (name == "cpuinfo") return cpuinfo(machine, config);
  ++samples;
  return name == "stat" ? stat(machine, now, samples) : interrupts(machine, samples);
}

}  // namespace cpuhp
