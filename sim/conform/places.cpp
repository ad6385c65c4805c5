#include "sim/conform/places.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "model/cpumask.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/trace/text_file.hpp"

namespace cpuhp {
namespace {

using Places = std::map<CpuId, CpuPlace>;

/// How CPU numbers are given to the threads of CPU cores.
struct Numbered {
  CpuId threads = 1;
  bool adjacent = true;  ///< false: the first threads of all cores, then the second ones
  CpuId cpus = 1;

  CpuId cores() const { return std::max<CpuId>(1, cpus / threads); }
  CpuId thread(CpuId cpu) const { return adjacent ? cpu % threads : cpu / cores(); }
  CpuId core(CpuId cpu) const { return adjacent ? cpu / threads : cpu % cores(); }
};

/// First and second threads of CPU cores, as a recording of a machine with SMT off shows them.
struct SeenSiblings {
  std::set<CpuId> primary, secondary;
};

using Thread = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
Thread thread_of(const CpuPlace& place) { return {place.socket, place.core, place.thread}; }

/// Finds each CPU's socket, core and thread by the QEMU command in the recording's header, such as
/// -smp 4,maxcpus=8,sockets=2. QEMU numbers the threads of a core one after another.
std::optional<Places> by_qemu(const Recording& recording) {
  const auto command = recording.header.find("qemu command");
  if (command == recording.header.end()) return std::nullopt;
  const std::size_t smp = command->second.find("-smp ");
  if (smp == std::string::npos) return std::nullopt;
  const std::string text =
      command->second.substr(smp + 5, command->second.find(' ', smp + 5) - smp - 5);
  const auto number = [&](const std::string& key, CpuId otherwise) {
    const std::size_t at = text.find(key);
    if (at == std::string::npos) return otherwise;
    const unsigned long value = std::strtoul(text.c_str() + at + key.size(), nullptr, 10);
    return static_cast<CpuId>(std::clamp<unsigned long>(value, 1, kMaxCpus));
  };
  const auto cpus = static_cast<CpuId>(recording.machine->possible.size());
  const std::uint64_t sockets = number("sockets=", 1), threads = number("threads=", 1);
  const auto fitting = static_cast<CpuId>(cpus / (sockets * threads));
  const std::uint64_t cores = number("cores=", std::max<CpuId>(1, fitting));
  Places places = recording.machine->topology;
  std::set<Thread> taken;
  for (const auto& [cpu, place] : places) taken.insert(thread_of(place));
  for (const CpuId cpu : recording.machine->possible) {
    const CpuPlace place{static_cast<CpuId>(cpu / (cores * threads)),
                         static_cast<CpuId>(cpu / threads % cores),
                         static_cast<CpuId>(cpu % threads), 0};
    if (places.contains(cpu)) continue;
    if (!taken.insert(thread_of(place)).second) return std::nullopt;
    places.emplace(cpu, place);
  }
  return places;
}

bool smt_off(std::string_view control) {
  return control == "off" || control == "forceoff" || control == "0" || control == "1";
}

/// Finds out from operations while SMT is off which CPUs are first and second threads of cores. The
/// kernel brings up a second thread only once, to initialise it, and takes it down again with
/// -ECANCELED. Later attempts get -EPERM. A first thread comes up as usual.
SeenSiblings seen_in(const Recording& recording) {
  SeenSiblings seen;
  for (const RecordedSection& section : recording.sections) {
    if (!section.trace) continue;
    for (const Event& e : section.trace->stream.events)
      if (e.kind == EventKind::Exit && e.ret == -ECANCELED) seen.secondary.insert(e.cpu);
  }
  std::string control = recording.machine->smt_control;
  for (const RecordedOperation* op : recording.operations())
    for (const RecordedWrite& w : op->writes) {
      if (w.path == "smt/control" && w.name == "OK") control = w.value;
      if (!smt_off(control) || w.at != "write" || !w.path.starts_with("cpu")) continue;
      const auto cpu = static_cast<CpuId>(std::strtoul(w.path.c_str() + 3, nullptr, 10));
      const bool target = w.path.ends_with("/hotplug/target");
      const bool up = (w.path.ends_with("/online") && w.value == "1") || (target && w.value != "0");
      if (!up) continue;
      if (w.error == ECANCELED || w.error == EPERM) seen.secondary.insert(cpu);
      if (w.name == "OK" && !target) seen.primary.insert(cpu);
    }
  return seen;
}

bool fits(const Numbered& n, const Places& known, const SeenSiblings& seen) {
  for (const auto& [cpu, place] : known)
    if (place.thread != n.thread(cpu)) return false;
  for (const CpuId cpu : seen.secondary)
    if (n.thread(cpu) == 0) return false;
  return std::ranges::all_of(seen.primary, [&](CpuId cpu) { return n.thread(cpu) == 0; });
}

/// Adds the unknown places. A CPU whose sibling's place is known gets the sibling's core. Any other
/// CPU gets a new core in the last package.
Places filled(const std::vector<CpuId>& possible, const Places& known, const Numbered& n) {
  Places places = known;
  std::map<CpuId, CpuPlace> cores;
  std::uint32_t package = 0, free = 0;
  for (const auto& [cpu, place] : known) {
    cores.try_emplace(n.core(cpu), place);
    package = std::max(package, place.socket);
  }
  std::set<std::uint32_t> taken;  // core numbers in the last package
  for (const auto& [core, place] : cores)
    if (place.socket == package) taken.insert(place.core);
  for (const CpuId cpu : possible) {
    if (places.contains(cpu)) continue;
    CpuPlace place{package, 0, 0, 0};
    if (const auto core = cores.find(n.core(cpu)); core != cores.end()) {
      place = core->second;
    } else {
      while (taken.contains(free)) ++free;
      place.core = free++;
      cores.emplace(n.core(cpu), place);
    }
    place.thread = n.thread(cpu);
    places.emplace(cpu, place);
  }
  return places;
}

[[noreturn]] void cannot_tell(const Recording& recording) {
  const RecordedMachine& m = *recording.machine;
  CpuMask without(m.possible.back() + 1);
  for (const CpuId cpu : m.possible)
    if (!m.topology.contains(cpu)) without.set(cpu);
  refuse(recording.file, 0,
         "topology= of the #MACHINE line does not contain CPUs " + print_cpulist(without) +
             ", and the recording does not show which of these CPUs are siblings: add "
             "CPU:PACKAGE.CORE.THREAD,... to topology=, or record again with record-cpuhp "
             "--topology");
}

}  // namespace

std::map<CpuId, CpuPlace> places_of(const Recording& recording) {
  const RecordedMachine& m = *recording.machine;
  if (m.topology.size() == m.possible.size()) return m.topology;
  if (const auto places = by_qemu(recording)) return *places;
  Numbered n{.cpus = m.possible.back() + 1};
  for (const auto& [cpu, place] : m.topology) n.threads = std::max(n.threads, place.thread + 1);
  const bool smt = m.smt_control != "notsupported" && m.smt_control != "notimplemented" &&
                   !m.smt_control.empty();
  if (smt) n.threads = std::max<CpuId>(2, n.threads);
  if (n.threads == 1) return filled(m.possible, m.topology, n);

  const SeenSiblings seen = seen_in(recording);
  Numbered last = n;
  last.adjacent = false;
  const bool may_be_adjacent = fits(n, m.topology, seen),
             may_be_last = fits(last, m.topology, seen);
  if (may_be_adjacent != may_be_last)
    return filled(m.possible, m.topology, may_be_adjacent ? n : last);
  const bool matters =
      smt_off(m.smt_control) || std::ranges::any_of(recording.operations(), [](const auto* op) {
        return std::ranges::find(op->writes, "smt/control", &RecordedWrite::path) !=
               op->writes.end();
      });
  if (!may_be_adjacent || matters) cannot_tell(recording);
  return filled(m.possible, m.topology, n);
}

}  // namespace cpuhp
