#include "sim/conform/traced_machine.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

/// Makes a machine of CPUs that are all there.
RecordedMachine machine_with(std::map<CpuId, CpuPlace> places) {
  RecordedMachine m;
  for (const auto& [cpu, place] : places) m.possible.push_back(cpu);
  m.present = m.online = m.possible;
  m.topology = std::move(places);
  return m;
}

/// Reads lines such as `/sys/devices/system/cpu/cpu3/topology/core_id:1`.
RecordedMachine machine_in_sysfs(const std::string& path, const std::string& text) {
  std::map<CpuId, CpuPlace> places;
  for_each_line(text, [&](std::string_view line, std::size_t, bool) {
    const std::size_t at = line.find("/topology/"), colon = line.rfind(':');
    const std::size_t cpu_at = at == std::string_view::npos ? at : line.rfind("cpu", at);
    if (cpu_at == std::string_view::npos || colon == std::string_view::npos || colon < at) return;
    const auto cpu = to_number<CpuId>(line.substr(cpu_at + 3, at - cpu_at - 3));
    const std::string_view file = line.substr(at + 10, colon - at - 10);
    const auto value = to_number<std::uint32_t>(line.substr(colon + 1));
    if (!cpu || *cpu >= kMaxCpus) return;
    CpuPlace& place = places[*cpu];
    if (file == "physical_package_id" && value) place.socket = *value;
    if (file == "core_id" && value) place.core = *value;
    if (file != "thread_siblings_list") return;
    if (const auto siblings = parse_cpu_list(line.substr(colon + 1)))
      place.thread = static_cast<std::uint32_t>(
          std::ranges::count_if(*siblings, [&](CpuId s) { return s < *cpu; }));
  });
  if (places.empty())
    refuse(path, 0,
           "has neither a line #MACHINE nor the topology of a CPU, expected a recording, or lines "
           "\"/sys/devices/system/cpu/cpu0/topology/core_id:0\"");
  return machine_with(std::move(places));
}

RecordedMachine machine_in(const std::string& path) {
  const std::string text = read_text(path);
  if (!text.starts_with('#')) return machine_in_sysfs(path, text);
  const Recording r = parse_recording(text, path);
  if (!r.machine) refuse(path, 0, "this recording has no line #MACHINE");
  return *r.machine;
}

/// Adds the ways of CPUs after the boot, as writes to their `online` files.
void add_operations(const PowerOn& on, RecordedSection& section) {
  for (const RecordedWalk& w : on.walks) {
    const bool whole = w.up() ? w.from_offline : w.takedown > Ns{};
    if (w.in_boot || w.ret != 0 || !whole) continue;
    RecordedOperation op{.line = w.line, .id = "traced", .cpu = w.cpu};
    op.writes.push_back({.line = w.line,
                         .path = "cpu" + std::to_string(w.cpu) + "/online",
                         .value = w.up() ? "1" : "0",
                         .ret = 2,
                         .name = "OK",
                         .at = "write"});
    section.operations.push_back(std::move(op));
  }
}

}  // namespace

Recording recording_of(const PowerOn& on, const std::string& machine,
                       std::vector<std::string>& warnings) {
  Recording r = read_recording(on.file);
  CpuId last = kBootCpu;
  for (const RecordedWalk& w : on.walks) last = std::max(last, w.cpu);
  for (const SetupCall& s : on.setups) last = std::max(last, s.cpu);
  if (!r.machine) {
    add_operations(on, r.sections.front());
    if (machine.empty()) {
      std::map<CpuId, CpuPlace> places;
      for (CpuId cpu = 0; cpu <= last; ++cpu) places[cpu] = {.core = cpu};
      r.machine = machine_with(std::move(places));
      warnings.push_back(
          "no file says which CPUs share a core or a socket: the scenario's machine "
          "has " +
          std::to_string(last + 1) + " cores in one socket; --machine names a file that says more");
    }
  }
  if (!machine.empty()) r.machine = machine_in(machine);
  if (r.machine->possible.back() < last)
    refuse(machine, 0,
           "has CPUs up to " + std::to_string(r.machine->possible.back()) + ", but CPU " +
               std::to_string(last) + " is in the trace: they are of different machines");
  return r;
}

}  // namespace cpuhp
