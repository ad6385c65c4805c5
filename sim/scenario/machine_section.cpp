#include "sim/scenario/machine_section.hpp"

#include <set>
#include <tuple>

#include "sim/scenario/cmdline.hpp"
#include "sim/scenario/cpulist.hpp"

namespace cpuhp {

namespace {

/// Returns the topology with fewer nodes than sockets, so that sockets share nodes.
Topology with_shared_nodes(const Topology& grid, std::uint32_t sockets_per_node) {
  std::vector<CpuPlace> places;
  for (CpuId cpu = 0; cpu < grid.nr_cpus(); ++cpu) {
    places.push_back(grid.place(cpu));
    places.back().node = places.back().socket / sockets_per_node;
  }
  return Topology(std::move(places));
}

Topology read_grid(const JsonRef& machine) {
  Grid grid;
  machine.read("sockets", grid.sockets);
  machine.read("cores", grid.cores_per_socket);
  machine.read("threads", grid.threads_per_core);
  // No overflow: each factor is at most 65,536.
  const std::uint64_t cpus =
      std::uint64_t{grid.sockets} * grid.cores_per_socket * grid.threads_per_core;
  if (cpus > kMaxCpus)
    machine.fail("sockets x cores x threads is " + std::to_string(cpus) +
                 " CPUs, expected at most " + std::to_string(kMaxCpus));
  std::uint32_t nodes = grid.sockets;
  machine.read("nodes", nodes);
  if (nodes % grid.sockets != 0 && grid.sockets % nodes != 0)
    machine.at("nodes").fail("expected a multiple or a divisor of the " +
                             std::to_string(grid.sockets) + " sockets, found " +
                             std::to_string(nodes));
  grid.nodes_per_socket = std::max<std::uint32_t>(1, nodes / grid.sockets);
  if (grid.nodes_per_socket > grid.cores_per_socket)
    machine.at("nodes").fail("more NUMA nodes in a socket (" +
                             std::to_string(grid.nodes_per_socket) + ") than cores (" +
                             std::to_string(grid.cores_per_socket) + ")");
  if (const JsonRef numbering = machine.find("numbering"))
    if (numbering->string() == "threads_adjacent") grid.numbering = Numbering::ThreadsAdjacent;
  const Topology topology = Topology::grid(grid);
  return nodes < grid.sockets ? with_shared_nodes(topology, grid.sockets / nodes) : topology;
}

Topology read_places(const JsonRef& array) {
  std::vector<CpuPlace> places;
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> taken;
  for (std::size_t cpu = 0; cpu < array->array().size(); ++cpu) {
    const JsonRef object = array.at(cpu);
    CpuPlace p;
    object.read("socket", p.socket);
    object.read("core", p.core);
    object.read("thread", p.thread);
    object.read("node", p.node);
    if (!taken.emplace(p.socket, p.core, p.thread).second)
      object.fail("CPU " + std::to_string(cpu) + " has the same place as another CPU: socket " +
                  std::to_string(p.socket) + ", core " + std::to_string(p.core) + ", thread " +
                  std::to_string(p.thread));
    places.push_back(p);
  }
  for (std::size_t cpu = 0; cpu < places.size(); ++cpu)
    if (!taken.contains({places[cpu].socket, places[cpu].core, 0}))
      array.at(cpu).fail("the core of CPU " + std::to_string(cpu) +
                         " has no CPU with thread number 0");
  return Topology(std::move(places));
}

/// Reads the possible CPUs. They must be 0 to N, because simulated machines have no gaps.
void read_possible(const JsonRef& value, MachineConfig& config) {
  const CpuMask possible = read_cpulist(value, config.topology.nr_cpus());
  if (possible.empty() || !possible.test(possible.weight() - 1))
    value.fail("expected a range from 0, such as \"0-" +
               std::to_string(config.topology.nr_cpus() - 1) + "\", found " + value->shown());
  limit_possible(config, possible.weight());
}

}  // namespace

CpuMask read_cpulist(const JsonRef& value, CpuId nr_cpus) {
  ParsedCpuList parsed = parse_cpulist(value->string(), nr_cpus);
  if (!parsed.mask) value.fail(parsed.error);
  return *std::move(parsed.mask);
}

CpuId read_cpu(const JsonRef& value, const Topology& topology) {
  const auto cpu = static_cast<CpuId>(value->integer());
  if (cpu >= topology.nr_cpus())
    value.fail("CPU " + std::to_string(cpu) + " is not possible on this machine, expected 0 to " +
               std::to_string(topology.nr_cpus() - 1));
  return cpu;
}

void read_machine(const JsonRef& machine, MachineConfig& config) {
  const JsonRef places = machine.find("topology");
  config.topology = places ? read_places(places) : read_grid(machine);
  config.present = parse_cpulist("all", config.topology.nr_cpus()).value();
  if (const JsonRef possible = machine.find("possible")) read_possible(possible, config);
  if (const JsonRef present = machine.find("present"))
    config.present = read_cpulist(present, config.topology.nr_cpus());
  const CpuMask isolated = read_cpulist(machine.at("isolated"), config.topology.nr_cpus());
  config.boot_cpu = read_cpu(machine.at("boot_cpu"), config.topology);
  if (!config.present.test(config.boot_cpu)) {
    const JsonRef present = machine.find("present");
    (present ? present : machine)
        .fail("the boot CPU, CPU " + std::to_string(config.boot_cpu) +
              ", must be present, but \"present\" does not contain it");
  }
  if (!isolated.empty()) apply_cmdline(Cmdline{.isolcpus = print_cpulist(isolated)}, config);
  machine.read("state_control", config.state_control);
  machine.read("smt_control", config.smt_control);
  machine.read("smt_any_number", config.smt_any_number);
  machine.read("possible_have_files", config.possible_have_files);
  if (const JsonRef files = machine.find("files"))
    for (const JsonNode& name : files->array())
      config.files.set(static_cast<std::size_t>(row_named(kMachineFileRows, name.string())->value));
  machine.read("cpu0_online_file", config.cpu0_online_file);
  machine.read("hz", config.rcu.hz);
  machine.read("crash_kernel", config.crash_kernel);
  machine.read("interrupts", config.interrupts);
}

void read_cmdline(const JsonRef& machine, MachineConfig& config) {
  const JsonRef text = machine.at("cmdline");
  try {
    apply_cmdline(parse_cmdline(text->string(), CmdlineMode::Strict), config);
  } catch (const BadInput& error) {
    text.fail(error.message, error.suggestion);
  }
  if (!config.present.test(config.boot_cpu))
    text.fail("the boot CPU, CPU " + std::to_string(config.boot_cpu) +
              ", must be possible, but the command line limits the possible CPUs to lower numbers");
}

}  // namespace cpuhp
