#include "sim/session/probed.hpp"

#include <algorithm>
#include <set>

#include "model/kernel_version.hpp"
#include "sim/trace/text_file.hpp"

namespace cpuhp {
namespace {

/// A CPU has a file `online` when the section of sysfs files shows one. Without that section, every
/// CPU but the boot CPU has it.
bool has_online_file(const Recording& probe, CpuId cpu) {
  for (const RecordedSection& section : probe.sections)
    if (const auto files = section.cpus.find(cpu); files != section.cpus.end())
      if (const auto online = files->second.values.find("online");
          online != files->second.values.end())
        return online->second != "none";
  return cpu != kBootCpu || probe.machine->cpu0_online_file;
}

bool smt_can_be_written(const std::string& control) {
  return control == "on" || control == "off" ||
         (!control.empty() && control.find_first_not_of("0123456789") == std::string::npos);
}

/// The hotplug core's states by name.
struct CoreStates {
  int kick_ap = -1, bringup = -1, idle_dead = -1, ap_online = -1, top = -1;
};

int number_of(const Recording& probe, const char* name) {
  const auto found = std::ranges::find(probe.states, name, &NamedState::name);
  return found == probe.states.end() ? -1 : found->id;
}

CoreStates core_states(const Recording& probe) {
  const CoreStates core{.kick_ap = number_of(probe, "cpu:kick_ap"),
                        .bringup = number_of(probe, "cpu:bringup"),
                        .idle_dead = number_of(probe, "idle:dead"),
                        .ap_online = number_of(probe, "ap:online"),
                        .top = number_of(probe, "online")};
  if (core.bringup < 0 || core.idle_dead < 0 || core.ap_online < 0 || core.top < 0)
    refuse(probe.file, 0,
           "hotplug/states has no cpu:bringup, idle:dead, ap:online or online: record a probe with "
           "record-cpuhp --session states --session sysfs --session cycle");
  return core;
}

void add_numbers(Probed& p, const Recording& probe, const CoreStates& core) {
  // How far behind a named state the numbers of a module's states are looked for.
  constexpr int kBehind = 3;
  std::set<int> named, unnamed;
  for (const NamedState& state : probe.states) named.insert(state.id);
  const auto starting = [&](int id) { return id >= core.idle_dead && id <= core.ap_online; };
  for (const int id : named) {
    if (id <= 0 || id >= core.top || starting(id)) continue;
    if (p.disarms || id > core.bringup) p.failing.push_back(id);
    if (p.state_control && id != core.kick_ap) p.stops.push_back(id);
    for (int next = id + 1; next <= id + kBehind && next < core.top; ++next)
      if (!named.contains(next) && !starting(next)) unnamed.insert(next);
  }
  // A fault of a module's state has to be disarmed before the module leaves.
  if (p.disarms) p.unnamed.assign(unnamed.begin(), unnamed.end());
  if (p.state_control) {
    if (core.kick_ap >= 0) p.hazards.push_back(core.kick_ap);
    for (int id = core.idle_dead; id <= core.ap_online; ++id) p.hazards.push_back(id);
  }
  p.refused = {-2, 0, core.idle_dead, core.ap_online, core.top, core.top + 1};
  // 62f250694092: PREPARE states are refused while the CPU is beyond them.
  if (p.disarms && !p.failing.empty())
    p.refused.insert(p.refused.begin() + 2, {p.failing.front(), core.bringup});
}

/// Finds the states of modules that the probe has loaded. Their numbers hold as long as the module is
/// loaded alone, and none of its states is a STARTING state here, as `fail` refuses these.
void add_modules(Probed& p, const Recording& probe, const CoreStates& core) {
  for (const RecordedOperation* op : probe.operations()) {
    if (op->modules.empty() || !op->modules.front().load) continue;
    std::vector<int>& ids = p.of_modules[op->modules.front().name];
    for (const StateChange& change : op->changes) {
      const int id = change.state.id;
      const bool starting = id >= core.idle_dead && id <= core.ap_online;
      if (change.added && !starting && (p.disarms || id > core.bringup) &&
          std::ranges::find(ids, id) == ids.end())
        ids.push_back(id);
    }
  }
}

}  // namespace

Probed probed(const Recording& probe) {
  if (!probe.machine)
    refuse(probe.file, 0,
           "has no line #MACHINE: expected a recording that scripts/record-cpuhp wrote");
  const RecordedMachine& m = *probe.machine;
  const CoreStates core = core_states(probe);
  Probed p{.arch = m.arch,
           .present = m.present,
           .missing = m.possible.back() + 1,
           .top = core.top,
           .bringup = core.bringup,
           .ap_online = core.ap_online,
           // 62f250694092: `fail` takes -1.
           .disarms = kernel_version(probe.kernel()) >= KernelVersion{5, 13},
           .state_control = m.state_control,
           .smt = smt_can_be_written(m.smt_control)};
  for (const auto& [cpu, place] : m.topology) p.threads = std::max(p.threads, place.thread + 1);
  for (const CpuId cpu : m.present) {
    if (has_online_file(probe, cpu)) p.plugged.push_back(cpu);
    // On s390x a takedown of the boot CPU succeeds, and leaves a damaged kernel.
    if (cpu != kBootCpu || m.arch != "s390x") p.aimed.push_back(cpu);
  }
  for (const CpuId cpu : p.plugged)
    if (std::ranges::find(m.online, cpu) != m.online.end()) p.victim = cpu;
  if (p.victim == kNoCpu)
    refuse(probe.file, 0,
           "no online CPU of this machine has a file \"online\", so no CPU can be taken offline");
  add_numbers(p, probe, core);
  if (p.disarms) add_modules(p, probe, core);
  return p;
}

}  // namespace cpuhp
